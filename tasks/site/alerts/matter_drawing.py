"""The picture of an alert on a whole group or table: ten rows at most, the worst first."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Final

from schemas.units import unit_of
from schemas.wording import ARROW, day_only, figure, percent, printable
from tasks.site.drawings.drawing import PAGE_WIDTHS, Anchor, Box, Drawing, Text, place, width_of

MOST: Final = 10
"""Rows that are drawn."""
BESIDE: Final = 600.0
"""Width from which the figures stand beside the name, not below it."""
BAR, SMALLEST, HATCHED = 9.0, 1.5, 110.0
SIZE: Final = 13.0
Row = Mapping[str, Any]


def matter_drawings(matter: Mapping[str, Any], title: str) -> dict[str, Drawing]:
    """Return the drawings of what `matter_of` returned, by the name of their width."""
    rows = _largest(matter)
    return {name: _drawing(matter, rows, title, width) for name, width in PAGE_WIDTHS.items()}


def row_text(kind: str, row: Row) -> str:
    """Return a row as text: the figures, since when, or what became of the part."""
    if kind == "silence":
        days = (row["until"] - row["since"]).days
        return f"{days:,} {'day' if days == 1 else 'days'}, since {day_only(row['since'])}"
    if kind == "schema":
        return f"{row['before'] or 'not there'} {ARROW} {row['after'] or 'not there'}"
    before, after, column = row["before"], row["after"], row["column"]
    if row["pair"]:
        return f"{figure(after, column)} {row['pair']} {figure(before, column)}"
    share = f" ({percent(((after or 0) - before) / before)})" if before and before > 0 else ""
    return f"{figure(before, column)} {ARROW} {figure(after, column)}{share}"


def _largest(matter: Mapping[str, Any]) -> list[Row]:
    """Return the rows that are drawn: the largest changes, the longest times, the first parts."""
    rows = list[Row](matter["rows"])
    if matter["kind"] == "figures":
        rows.sort(key=lambda row: -abs((row["after"] or 0) - (row["before"] or 0)))
    if matter["kind"] == "silence":
        rows.sort(key=lambda row: row["since"])
    return rows[:MOST]


def _drawing(matter: Mapping[str, Any], rows: Sequence[Row], title: str, width: float) -> Drawing:
    kind, is_beside = matter["kind"], width >= BESIDE
    step = 46.0 if is_beside else 62.0
    boxes, texts = list[Box](), list[Text]()
    for line, (key, text) in enumerate(_key(matter, rows)):
        x, y = (width / 2 * line, 14.0) if is_beside else (0.0, 14.0 + 19 * line)
        boxes.append(Box(x=place(x), y=place(y - 10), width=14, height=10, kind=key))
        texts.append(
            Text(x=place(x + 20), y=place(y), text=_cut(text, width - x - 20), kind="soft")
        )
    head = 24.0 if is_beside else 8.0 + 19 * len(texts)
    for number, row in enumerate(rows):
        y, shown = head + step * number + 16, row_text(kind, row)
        room = width - (width_of(shown, SIZE) + 16 if is_beside else 0)
        texts.append(Text(x=0, y=place(y), text=_cut(row["name"], room)))
        under = 0 if is_beside else 16
        at: tuple[float, Anchor] = (width, "end") if is_beside else (0, "start")
        text = _cut(shown, width)
        texts.append(Text(x=at[0], y=place(y + under), text=text, kind="strong", anchor=at[1]))
        boxes += BARS[kind](row, rows, y + under + 5, width)
    return Drawing(
        width=place(width),
        height=place(head + step * len(rows) + 6),
        title=title,
        about="; ".join(f"{row['name']}: {row_text(kind, row)}" for row in rows) + ".",
        boxes=boxes,
        texts=texts,
    )


def _key(matter: Mapping[str, Any], rows: Sequence[Row]) -> Iterator[tuple[str, str]]:
    """Yield the kinds of bars with what each is."""
    earlier, later = matter["words"]
    if matter["kind"] == "silence":
        first = day_only(min(row["since"] for row in rows))
        yield "was", f"nothing new; {first} to {day_only(rows[0]['until'])}"
    elif matter["kind"] == "schema":
        yield "was", f"left: {earlier}"
        yield "bar", f"right: {later}"
    else:
        unit = unit_of(rows[0]["column"])
        falls = {_is_fall(row) for row in rows}
        colours = "red where less, blue where more" if len(falls) > 1 else ""
        yield "was", f"{earlier} [{unit}]"
        note = f"; {colours}" if colours else ""
        yield ("bar fall" if True in falls else "bar"), f"{later}{note}"


def _figure_bars(row: Row, rows: Sequence[Row], y: float, width: float) -> Iterator[Box]:
    values = [one[side] or 0 for one in rows for side in ("before", "after")]
    low, high = min(0, *values), max(0, *values)
    scale = (width - 2) / ((high - low) or 1)
    for side, kind in (("before", "was"), ("after", "bar fall" if _is_fall(row) else "bar")):
        value = row[side]
        left = 1 + (min(0, value or 0) - low) * scale
        left = left if value is not None else min(left, width - HATCHED - 1)
        wide = max(SMALLEST, abs(value or 0) * scale) if value is not None else HATCHED
        shown = kind if value is not None else "hatched"
        yield Box(x=place(left), y=place(y), width=place(wide), height=BAR, kind=shown)
        y += BAR + 1


def _silent_bars(row: Row, rows: Sequence[Row], y: float, width: float) -> Iterator[Box]:
    first = min(one["since"] for one in rows)
    whole = max((row["until"] - first).total_seconds(), 1)
    left = (row["since"] - first).total_seconds() / whole * (width - 2)
    wide = max(SMALLEST, width - 2 - left)
    yield Box(x=place(left + 1), y=place(y + 2), width=place(wide), height=BAR + 2, kind="was")


def _part_bars(row: Row, rows: Sequence[Row], y: float, width: float) -> Iterator[Box]:
    del rows
    for number, (side, kind) in enumerate((("before", "was"), ("after", "bar"))):
        left = width / 2 * number + 1
        shown = kind if row[side] else "hatched"
        wide = place(width / 2 - 6)
        yield Box(x=place(left), y=place(y + 2), width=wide, height=BAR + 2, kind=shown)


BARS: Final[Mapping[str, Callable[[Row, Sequence[Row], float, float], Iterator[Box]]]] = {
    "figures": _figure_bars,
    "silence": _silent_bars,
    "schema": _part_bars,
}
"""What draws the bars of a row, at a height [units] and in a width [units], by kind."""


def _is_fall(row: Row) -> bool:
    return not row["pair"] and (row["after"] or 0) < (row["before"] or 0)


def _cut(text: str, room: float) -> str:
    """Return a text that fits into some units, with its end left out where it must be."""
    shown, most = printable(text), max(4, int(room / (SIZE * 0.6)))
    return shown if len(shown) <= most else f"{shown[: most - 1]}…"
