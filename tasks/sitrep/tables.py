"""Tables: the figures of several countries, out of the cells of a grid.

Promises: a column is read only under a heading that is declared, word for word; a name that is
wrapped is joined where the whole is a country; marks of footnotes are taken off where they are
declared. A column that nobody declared is passed over.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from schemas.countries import iso3_of
from tasks.sitrep.grids import HEAD_LINES, Grid
from tasks.sitrep.sections import is_figure
from tasks.sitrep.tokens import plain

COUNTRY = "Country"
_NAME_LINES = 3
_BRACKETS = re.compile(r"\([^()]*\)")
Row = list[str]


@dataclass(frozen=True, kw_only=True, slots=True)
class Columns:
    """What a table is declared to hold.

    `headings`: by our name, what reports have called the column, whatever the case; what stands in
    brackets does not count. One of our names is "Country". `marks`: signs of footnotes that may
    stand behind names, figures and headings.
    """

    headings: Mapping[str, Sequence[str]]
    marks: str = ""


def records(grid: Grid, columns: Columns) -> list[dict[str, str]]:
    """Return one row per country, under our names; none where no heading is declared.

    A row with figures whose name is no country we know stays as it is.

    >>> declared = Columns(headings={"Country": ["Country"], "Tests": ["New tests"]}, marks="*")
    >>> grid = [["", "New"], ["Country", "tests"], ["Democratic People's", ""],
    ...         ["Republic of Korea*", "678"], ["Total", "678"]]
    >>> records(grid, declared)
    [{'Country': "Democratic People's Republic of Korea", 'Tests': '678'}, \
{'Country': 'Total', 'Tests': '678'}]
    """
    for first in range(1, len(grid)):
        if _has_figures(grid[first]):
            start = _beginning(grid, first, columns.marks)
            named = _named(grid[:start], columns)
            if named:
                return [
                    {ours: _unmarked(row[place], columns.marks) for ours, place in named.items()}
                    for row in _joined(grid[start:], columns.marks)
                ]
    return []


def _has_figures(row: Sequence[str]) -> bool:
    """Return whether a row has a figure behind its first cell."""
    return any(map(is_figure, row[1:]))


def _beginning(grid: Grid, first: int, marks: str) -> int:
    """Return where the rows of countries begin: a wrapped name may begin above its figures."""
    for start in range(max(0, first - _NAME_LINES + 1), first):
        names_only = all(row[0] and not any(row[1:]) for row in grid[start:first])
        if names_only and start + _lines_of_one(grid[start:], marks) > first:
            return start
    return first


def _lines_of_one(rows: Sequence[Row], marks: str) -> int:
    """Return how many rows from the first on are one country with one row of figures, or 0."""
    for count in range(min(_NAME_LINES, len(rows)), 0, -1):
        group = rows[:count]
        others = [row for row in group if not _has_figures(row)]
        name = " ".join(_unmarked(row[0], marks) for row in group)
        if len(others) == count - 1 and iso3_of(name):
            return count
    return 0


def _joined(rows: Sequence[Row], marks: str) -> Iterator[Row]:
    """Return a row per country, wrapped names as one; rows without figures are left out."""
    place = 0
    while place < len(rows):
        count = _lines_of_one(rows[place:], marks)
        group = rows[place : place + max(count, 1)]
        if any(map(_has_figures, group)):
            names = [_unmarked(row[0], marks) for row in group]
            figures = next(filter(_has_figures, group))
            yield [" ".join(filter(None, names)), *figures[1:]]
        place += max(count, 1)


def _named(above: Sequence[Row], columns: Columns) -> dict[str, int]:
    """Return the place of each declared column, by as many heading lines as name the most."""
    best: dict[str, int] = {}
    for count in range(1, min(HEAD_LINES, len(above)) + 1):
        lines = above[len(above) - count :]
        named = _places([" ".join(parts) for parts in zip(*lines, strict=True)], columns)
        if named.get(COUNTRY) == 0 and len(named) >= max(2, len(best)):
            best = named
    return best


def _places(headings: Sequence[str], columns: Columns) -> dict[str, int]:
    """Return the place of each heading that is declared and stands there once."""
    printed = [_normalized(heading, columns.marks) for heading in headings]
    found: dict[str, int] = {}
    for ours, known in columns.headings.items():
        names = {_normalized(name, columns.marks) for name in known}
        places = [place for place, name in enumerate(printed) if name in names]
        if len(places) == 1:
            found[ours] = places[0]
    return found


def _normalized(heading: str, marks: str) -> str:
    return _unmarked(" ".join(_BRACKETS.sub(" ", plain(heading)).split()), marks).casefold()


def _unmarked(text: str, marks: str) -> str:
    return text.strip().rstrip(marks + " ")
