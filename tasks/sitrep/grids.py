"""Grids: the cells of the tables on a page, by the places of its words.

Promises: rows whose figures stand in columns become the rows of a grid, with the lines above them,
in which headings are; where something reaches from one column into another there is no grid, since
nobody could say which figure is whose.
"""

from collections.abc import Callable, Iterable, Sequence

from tasks.formats.pdf import Area, Span, Word, Words
from tasks.formats.pdf_lines import Line, pieces, rows
from tasks.sitrep.sections import CELL_GAP, is_figure

HEAD_LINES = 6
"""So many lines above the figures may belong to the headings."""
BETWEEN = 2
"""So many lines without figures, parts of a wrapped name, may stand between two with them."""
FIGURES, ALONE = "figures", "alone"
MOST = 0.5
"""A piece of which a column has more than this share is in it as a whole."""

Grid = list[list[str]]
"""The cells of a table, row by row, as many in each."""


def grids_of(page: Words, seen: Callable[[Area], list[Span]] | None = None) -> list[Grid]:
    """Return the tables of a page from above, each with up to six lines above its first figures.

    All rows of a grid have as many cells; a blank cell is the empty text. `seen` returns
    the columns of a part of the page, for tables whose words do not show them.
    """
    lines = [pieces(row, CELL_GAP) for row in rows(page)]
    grids: list[Grid] = []
    end = 0
    for first, last in _runs([_kind(line) for line in lines]):
        figures = [line for line in lines[first:last] if _kind(line) == FIGURES]
        spans = _spans(figures) or (seen(_area(lines[first:last])) if seen else [])
        if spans:
            from_line, to_line = max(end, first - HEAD_LINES), last + BETWEEN
            grids.append([_cells(line, spans) for line in lines[from_line:to_line]])
        end = last
    return grids


def _area(lines: Sequence[Sequence[Line]]) -> Area:
    """Return the part of a page that lines take up."""
    whole = [piece for line in lines for piece in line]
    left, top = min(one.left for one in whole), min(one.top for one in whole)
    return left, top, max(one.right for one in whole), max(one.bottom for one in whole)


def _kind(line: Sequence[Line]) -> str:
    """Return whether a line has figures behind its first piece, or is one piece, or neither."""
    if any(map(is_figure, (piece.text for piece in line[1:]))):
        return FIGURES
    return ALONE if len(line) == 1 else ""


def _runs(kinds: Sequence[str]) -> list[tuple[int, int]]:
    """Return where lines with figures begin and end between which there are parts of names only.

    >>> _runs(["", FIGURES, ALONE, FIGURES, "", FIGURES, ALONE, ALONE, ALONE, FIGURES])
    [(1, 4), (5, 6), (9, 10)]
    """
    found: list[tuple[int, int]] = []
    for place, kind in enumerate(kinds):
        if kind != FIGURES:
            continue
        between = kinds[found[-1][1] : place] if found else [""]
        if len(between) <= BETWEEN and set(between) <= {ALONE}:
            found[-1] = (found[-1][0], place + 1)
        else:
            found.append((place, place + 1))
    return found


def _spans(lines: Sequence[Sequence[Line]]) -> list[Span]:
    """Return the columns of rows with figures; none where a piece reaches into two of them."""
    found: list[Span] = []
    for piece in sorted((piece for line in lines for piece in line), key=lambda one: one.left):
        if found and piece.left < found[-1][1]:
            found[-1] = (found[-1][0], max(found[-1][1], piece.right))
        else:
            found.append((piece.left, piece.right))
    return found if len(found) == max(map(len, lines)) else []


def _cells(line: Iterable[Line], spans: Sequence[Span]) -> list[str]:
    """Return a line by column: a piece in the one that has most of it, else word by word."""
    cells: list[list[Word]] = [[] for _ in spans]
    for piece in line:
        place = _nearest(piece, spans)
        is_inside = -_apart(piece, spans[place]) > MOST * (piece.right - piece.left)
        for word in piece.words:
            cells[place if is_inside else _nearest(word, spans)].append(word)
    return [Line(tuple(words)).text if words else "" for words in cells]


def _nearest(one: Word | Line, spans: Sequence[Span]) -> int:
    return min(range(len(spans)), key=lambda place: _apart(one, spans[place]))


def _apart(one: Word | Line, span: Span) -> float:
    """Return how far a column is away; below 0, how much of the word or piece stands in it."""
    return max(one.left, span[0]) - min(one.right, span[1])
