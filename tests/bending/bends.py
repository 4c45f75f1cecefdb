"""
Bends: what people, spreadsheets and publishers do to a table, as hypothesis strategies.

Promises: a bent table says of each of its rows which row of the sound table it is, untouched.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import pycountry
from hypothesis import strategies as st

Row = tuple[str | None, ...]
WORDS = (
    *("", " ", "-", "N/A", "abc", "many", "null", "TRUE", "½", "²", "\u200b", "\ufeff", "'", '"'),
    *("=1+1", "=SUM(A1:A9)", "@x", "+5", "-1", "-889137", "\N{MINUS SIGN}5", "-0", "0.0", "00012"),
    *("NaN", "Infinity", "-inf", "1e999", "1e-999", "1E3", "9" * 30, "0x1F", "1_000", "5.", ".5"),
    *("1,234", "1.234", "1 234", "1'234", "1\N{NO-BREAK SPACE}234", "1\u202f234", "1,2,3", "12,34"),
    *("1,5", "1.234,5", "1,234.5", "12%", "12 k", "about 12", "12*", "12 [1]", "12\n13", "1;2"),
    *(
        "\N{ARABIC-INDIC DIGIT ONE}\N{ARABIC-INDIC DIGIT TWO}",
        "\uff11\uff12",
        "\u0967\u0968",
        "XII",
    ),
    *("2021-13-45", "2021-02-30", "31/12/2021", "12/31/2021", "1/2/2021", "01-02-2021", "44562"),
    *("2021/01/02", "20210102", "31 Dec 2021", "2021-01-02T00:00:00", "0001-01-01", "9999-12-31"),
    *(
        "Total",
        "World",
        "Grand total",
        "Atlantis",
        "XYZ",
        "prk",
        "KOR ",
        "NA",
        "\0",
        "a\0b",
        "\x07",
    ),
    *(
        "C\u00c3\u00b4te dâ€™Ivoire",
        "C\ufffdte",
        "\x85",
        "\u202e321",
        "a, b",
        "x" * 2_000,
        "#country+code",
    ),
)
CODES = [country.alpha_3 for country in pycountry.countries]
TOTALS = ("Total", "World", "Grand total", "TOTAL", "Global", "Sum of above")
NOTES = ("Source: WHO, 2 August 2021.", "* preliminary", "Note: figures, rounded", "[1] see above")


def _mojibake(cell: str) -> str:
    return cell.encode().decode("latin-1")


CHANGES: tuple[Callable[[str], str], ...] = (
    *(lambda cell: cell + "000", lambda cell: f"{cell}.0", lambda cell: f"{cell}0"),
    *(
        lambda cell: f"0.0{cell}",
        lambda cell: f"-{cell}",
        lambda cell: f"\N{NO-BREAK SPACE}{cell} ",
    ),
    *(lambda cell: cell[::-1], str.swapcase, _mojibake, lambda cell: cell.replace("-", "/")),
    *(
        lambda cell: cell.replace(",", "."),
        lambda cell: cell.replace(",", " "),
        lambda cell: cell[1:],
    ),
    *(
        lambda cell: f"{cell}*",
        lambda cell: f'"{cell}"',
        lambda cell: "-".join(cell.split("-")[::-1]),
    ),
)
"""Unit slips, thousands marks, days in another order, encodings read as others, marks behind."""


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
    """Return a row as it is, then with each word and change in one cell, under keys of their own."""
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
