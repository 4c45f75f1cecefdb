"""Bends: what people, spreadsheets and publishers do to a table, as hypothesis strategies.

Promises: a bent table says of each of its rows which row of the sound table it is, untouched.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from hypothesis import strategies as st

from tests.bending.words import CHANGES, CODES, NOTES, TOTALS, WORDS

Row = tuple[str | None, ...]


@dataclass(frozen=True, kw_only=True)
class Bent:
    """A table: its names, its rows, and of each the place of the sound row that it is, or None."""

    names: tuple[str, ...]
    rows: tuple[Row, ...]
    origin: tuple[int | None, ...]


def whole(names: Sequence[str], rows: Sequence[Row]) -> Bent:
    """Return a table that is not bent."""
    return Bent(names=tuple(names), rows=tuple(rows), origin=tuple(range(len(rows))))


def swept(bent: Bent, place: int, *, at: int, key: int) -> Bent:
    """Return a row as it is, then with each word and change in a cell, each under its own key."""
    row = bent.rows[place]
    words = [*WORDS, *(change(row[at] or "1") for change in CHANGES)]
    rows = [row]
    for word, code in zip(words, CODES, strict=False):
        cells = list(row)
        cells[key], cells[at] = (word, word) if key == at else (code, word)
        rows.append(tuple(cells))
    assert len(rows) == len(words) + 1
    return replace(bent, rows=tuple(rows), origin=(place, *[None] * len(words)))


def with_rows(bent: Bent, *changes: tuple[int, Row], new: Sequence[tuple[int, Row]] = ()) -> Bent:
    """Return a table with rows replaced at their places, then others put in before places."""
    rows, origin = list(bent.rows), list(bent.origin)
    for place, row in changes:
        rows[place], origin[place] = row, bent.origin[place] if row == rows[place] else None
    for place, row in new:
        rows.insert(place, row)
        origin.insert(place, None)
    return replace(bent, rows=tuple(rows), origin=tuple(origin))


@st.composite
def cells(draw: st.DrawFn, bent: Bent) -> Bent:
    """Draw a table in which one cell is another."""
    place = draw(st.integers(0, len(bent.rows) - 1))
    at = draw(st.integers(0, len(bent.names) - 1))
    row = bent.rows[place]
    others = [one[at] for one in bent.rows] + list(row)
    changed = draw(
        st.sampled_from(WORDS)
        | st.sampled_from(CHANGES).map(lambda change: change(row[at] or "1"))
        | st.sampled_from(others)
        | st.text(st.characters(codec="utf-8"), max_size=8)
    )
    return with_rows(bent, (place, (*row[:at], changed, *row[at + 1 :])))


@st.composite
def lines(draw: st.DrawFn, bent: Bent) -> Bent:
    """Draw a table with a row more, less, elsewhere or slipped by a cell."""
    place = draw(st.integers(0, len(bent.rows) - 1))
    row, width = bent.rows[place], len(bent.names)
    blank = ("",) * (width - 1)
    kind = draw(
        st.sampled_from(("double", "header", "total", "note", "blank", "gone", "moved", "slip"))
    )
    if kind == "gone" and len(bent.rows) > 1:
        kept = [at for at in range(len(bent.rows)) if at != place]
        return _picked(bent, kept)
    if kind == "moved":
        return _picked(bent, [*range(place), *range(place + 1, len(bent.rows)), place])
    if kind == "slip":
        return with_rows(bent, (place, draw(st.sampled_from(((*row[1:], ""), ("", *row[:-1]))))))
    more: Row = {
        "double": row,
        "header": bent.names,
        "total": (draw(st.sampled_from(TOTALS)), *row[1:]),
        "note": (draw(st.sampled_from(NOTES)), *blank),
    }.get(kind, ("", *blank))
    return with_rows(bent, new=[(draw(st.sampled_from((0, place, len(bent.rows)))), more)])


@st.composite
def columns(draw: st.DrawFn, bent: Bent) -> Bent:
    """Draw a table with a column that is bent in all rows, swapped, renamed, gone or new."""
    at, to = draw(st.integers(0, len(bent.names) - 1)), draw(st.integers(0, len(bent.names) - 1))
    kind = draw(st.sampled_from(("new", "moved", "gone", "all", "names")))
    lines = [list(bent.names), *(list(row) for row in bent.rows)]
    if kind == "all":
        change = draw(st.sampled_from(CHANGES) | st.sampled_from(WORDS).map(_always))
        for row in lines[1:]:
            row[at] = change(row[at] or "")
    elif kind == "names":
        other = f"{bent.names[at]} ", bent.names[at].swapcase(), "", "\ufeffx"
        swapped = draw(st.sampled_from(other) | st.just(bent.names[to]))
        lines[0][at], lines[0][to] = (
            swapped,
            bent.names[at] if swapped in bent.names else lines[0][to],
        )
    else:
        words = draw(st.lists(st.sampled_from(WORDS), min_size=len(lines), max_size=len(lines)))
        for row, word in zip(lines, ["a note", *words[1:]], strict=True):
            cell = word if kind == "new" else row.pop(at)
            row[to:to] = [] if kind == "gone" else [cell]
    names, *rows = map(tuple, lines)
    if len(set(names)) < len(names):
        return bent
    is_whole = kind in {"new", "moved"}
    origin = bent.origin if is_whole else (None,) * len(rows)
    return Bent(names=tuple(str(name) for name in names), rows=tuple(rows), origin=origin)


def _always(word: str) -> Callable[[str], str]:
    return lambda _: word


def tables(bent: Bent) -> st.SearchStrategy[Bent]:
    """Return tables that are bent once or twice."""
    once = st.one_of(cells(bent), cells(bent), lines(bent), columns(bent))
    return once | once.flatmap(lambda one: cells(one) | lines(one))


def _picked(bent: Bent, places: Sequence[int]) -> Bent:
    rows = tuple(bent.rows[place] for place in places)
    return replace(bent, rows=rows, origin=tuple(bent.origin[place] for place in places))
