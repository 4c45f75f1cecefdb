"""Tables: the cells of the tables on a page, by the places of its words, and their figures.

Where something reaches from one column into another there is no grid, since nobody could say which
figure is whose. A column is read only under a heading that is declared.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from schemas.countries import iso3_of
from tasks.formats.pdf import Area, Span, Word, Words
from tasks.formats.pdf_lines import Line, pieces, rows
from tasks.sitrep.sections import CELL_GAP, is_figure
from tasks.sitrep.tokens import plain

COUNTRY = "Country"
HEAD_LINES = 6  # lines above the figures that may belong to the headings
BETWEEN = 2  # lines without figures, parts of a wrapped name, that may stand between two with them
FIGURES, ALONE = "figures", "alone"
MOST = 0.5  # a piece of which a column has more than this share is in it as a whole
_NAME_LINES = 3
_BRACKETS = re.compile(r"\([^()]*\)")
Grid = list[list[str]]
"""The cells of a table, row by row, as many in each; a blank cell is the empty text."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Layout:
    """The declared layout of a series of reports.

    `names`: names of the country whose tests are in prose; rows use the first one. `others`: names
    of the other countries. `headings`: by our name, one of them "Country", what reports have called
    the column of a table, whatever the case and what stands in brackets. `marks`: signs of
    footnotes behind any text of a table.
    """

    headings: Mapping[str, Sequence[str]]
    marks: str = ""
    names: Sequence[str] = ()
    others: Sequence[str] = ()


def grids_of(page: Words, seen: Callable[[Area], list[Span]] | None = None) -> list[Grid]:
    """Return the tables of a page from above, each with up to six lines above its first figures.

    `seen` returns the columns of a part of the page, for tables whose words do not show them.
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
    whole = [piece for line in lines for piece in line]
    left, top = min(one.left for one in whole), min(one.top for one in whole)
    return left, top, max(one.right for one in whole), max(one.bottom for one in whole)


def _kind(line: Sequence[Line]) -> str:
    """Return whether a line has figures behind its first piece, or is one piece, or neither."""
    if any(is_figure(piece.text) for piece in line[1:]):
        return FIGURES
    return ALONE if len(line) == 1 else ""


def _runs(kinds: Sequence[str]) -> list[tuple[int, int]]:
    """Return where lines with figures begin and end between which there are parts of names only."""
    found: list[tuple[int, int]] = []
    for place in (place for place, kind in enumerate(kinds) if kind == FIGURES):
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


def records(grid: Grid, layout: Layout) -> list[dict[str, str]]:
    """Return one row per country, under our names; none where no heading is declared.

    A row with figures whose name is no country we know stays as it is.
    """
    for first in range(1, len(grid)):
        if _has_figures(grid[first]):
            start = _beginning(grid, first, layout.marks)
            named = _named(grid[:start], layout)
            if named:
                return [
                    {ours: _unmarked(row[place], layout.marks) for ours, place in named.items()}
                    for row in _joined(grid[start:], layout.marks)
                ]
    return []


def _has_figures(row: Sequence[str]) -> bool:
    return any(map(is_figure, row[1:]))


def _beginning(grid: Grid, first: int, marks: str) -> int:
    """Return where the rows of countries begin: a wrapped name may begin above its figures."""
    for start in range(max(0, first - _NAME_LINES + 1), first):
        names_only = all(row[0] and not any(row[1:]) for row in grid[start:first])
        if names_only and start + _lines_of_one(grid[start:], marks) > first:
            return start
    return first


def _lines_of_one(lines: Grid, marks: str) -> int:
    """Return how many rows from the first on are one country with one row of figures, or 0."""
    for count in range(min(_NAME_LINES, len(lines)), 0, -1):
        group = lines[:count]
        name = " ".join(_unmarked(row[0], marks) for row in group)
        if sum(map(_has_figures, group)) == 1 and iso3_of(name):
            return count
    return 0


def _joined(lines: Grid, marks: str) -> Iterator[list[str]]:
    """Return a row per country, wrapped names as one; rows without figures are left out."""
    place = 0
    while place < len(lines):
        count = max(_lines_of_one(lines[place:], marks), 1)
        group = lines[place : place + count]
        for figures in filter(_has_figures, group):
            names = [_unmarked(row[0], marks) for row in group]
            yield [" ".join(filter(None, names)), *figures[1:]]
        place += count


def _named(above: Grid, layout: Layout) -> dict[str, int]:
    """Return the place of each declared column, by as many heading lines as name the most."""
    found = [
        _places([" ".join(parts) for parts in zip(*above[-count:], strict=True)], layout)
        for count in range(1, min(HEAD_LINES, len(above)) + 1)
    ]
    tables = [named for named in found if named.get(COUNTRY) == 0 and len(named) > 1]
    return max(reversed(tables), key=len, default=dict[str, int]())


def _places(headings: Sequence[str], layout: Layout) -> dict[str, int]:
    """Return the place of each heading that is declared and stands there once."""
    printed = [_normalized(heading, layout.marks) for heading in headings]
    found: dict[str, int] = {}
    for ours, known in layout.headings.items():
        names = {_normalized(name, layout.marks) for name in known}
        places = [place for place, name in enumerate(printed) if name in names]
        if len(places) == 1:
            found[ours] = places[0]
    return found


def _normalized(heading: str, marks: str) -> str:
    return _unmarked(" ".join(_BRACKETS.sub(" ", plain(heading)).split()), marks).casefold()


def _unmarked(text: str, marks: str) -> str:
    return text.strip().rstrip(marks + " ")
