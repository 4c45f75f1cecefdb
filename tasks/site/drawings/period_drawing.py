"""The picture of months or years: the newest figures as dots, earlier versions' as light dashes.

What the last revising version changed is drawn from → to and listed. A month or year without a
figure breaks the line.
"""

from collections.abc import Iterator, Sequence
from datetime import date
from typing import Final

from schemas.units import unit_of
from schemas.wording import day_only, figure, listed
from tasks.site.drawings.drawing import Drawing, Line, Text, place, width_of
from tasks.site.drawings.period_grid import MOST_EARLIER, SMALL, Grid, grid_of, number_of
from tasks.site.period_text import period_name
from tasks.site.periods.period_lines import Period, PeriodChange, PeriodLine, revision_text

MOST: Final = 6
"""Revisions that are listed."""
MOST_STATED: Final = 12
"""Months or years that the text alternative states; the table has all."""
ROW, LIST, HEAD = 24.0, 280.0, 26.0
"""Height of a listed revision, width of the list beside the line, height of its heading."""
BESIDE: Final = 600.0
"""Width from which the list stands beside the line, not below it."""
TOP, BOTTOM = 44.0, 30.0
"""Room above and below the line."""
MOST_NAMED: Final = 3
"""Earlier figures that the text alternative names of each."""


def period_drawing(
    line: PeriodLine, *, title: str, width: float, height: float | None = None
) -> Drawing:
    """Return the drawing of a figure over months or years.

    `title`: what the picture shows. `width`: of the drawing; the list of revisions stands below the
    line where it is less than 600. `height`: by default as the list needs it.
    """
    revised, is_beside = _listed(line), width >= BESIDE
    below = 0.0 if is_beside or not revised else HEAD + ROW * len(revised)
    whole = height or max(250.0, HEAD + ROW * len(revised) if is_beside else 0.0) + below
    room = width - (LIST + 30 if is_beside and revised else 0)
    top = TOP if is_beside else TOP + 16
    grid = grid_of(line, room, top, whole - below - top - BOTTOM)
    list_at = (width - LIST, 14.0) if is_beside else (0.0, whole - below + 16)
    return Drawing(
        width=place(width),
        height=place(whole),
        title=title,
        about=_about(line),
        lines=[*_lines(line, grid)],
        texts=[
            *_notes(grid, line, is_beside=is_beside),
            *_axis_texts(grid, line, room),
            *_newest_text(grid, line),
            *(_list(line, revised, list_at) if revised else ()),
        ],
    )


def _listed(line: PeriodLine) -> list[PeriodChange]:
    return line.last_changes[:MOST] if line.changes else []


def _lines(line: PeriodLine, grid: Grid) -> Iterator[Line]:
    """Yield lines across, what the last revising version moved, the line, and its marks."""
    right = grid.x + grid.width + 8
    across = (f"M{place(grid.x - 6)} {grid.up(one)}H{place(right)}" for one in grid.levels)
    yield Line(d="".join(across), kind="grid")
    for kind in ("rise", "fall"):
        moves = [
            f"M{_x(line, grid, one.on)} {grid.up(one.before)}V{grid.up(one.after)}"
            for one in (line.last_changes if line.changes else ())
            if one.before is not None and one.after is not None
            if (one.size > 0) == (kind == "rise")
        ]
        if moves:
            yield Line(d="".join(moves), kind=f"move {kind}")
    yield Line(d="".join(_path(line, grid)), kind="level")
    earlier = [
        f"M{place(_x(line, grid, one.on) - 5)} {grid.up(value)}h10"
        for one in line.periods
        for value in one.earlier[-MOST_EARLIER:]
    ]
    if earlier:
        yield Line(d="".join(earlier), kind="mark earlier")
    newest = [
        f"M{_x(line, grid, one.on)} {grid.up(one.newest)}h.01"
        for one in line.periods
        if one.newest is not None
    ]
    if newest:
        yield Line(d="".join(newest), kind="mark newest")


def _x(line: PeriodLine, grid: Grid, on: date) -> float:
    return grid.at(number_of(line, on))


def _path(line: PeriodLine, grid: Grid) -> Iterator[str]:
    """Yield the line through the newest figures, broken where a month or year has none."""
    last: int | None = None
    for one in line.periods:
        number = number_of(line, one.on)
        if one.newest is None:
            last = None
            continue
        yield f"{'L' if last == number - 1 else 'M'}{grid.at(number)} {grid.up(one.newest)}"
        last = number


def _notes(grid: Grid, line: PeriodLine, *, is_beside: bool) -> Iterator[Text]:
    """Yield the unit, where the axis begins, and what the marks are."""
    begins = f"; the axis begins at {figure(grid.levels[0], line.measure)}" * (grid.levels[0] > 0)
    marks = "dots: the newest version"
    most = max(len(one.earlier) for one in line.periods)
    if most:
        marks += "; dashes: earlier versions"
    if most > MOST_EARLIER:
        marks += f", the last {MOST_EARLIER} figures"
    texts = [f"{unit_of(line.measure)}{begins}", marks]
    for at, text in enumerate(["; ".join(texts)] if is_beside else texts):
        yield Text(x=0, y=14 + 16 * at, text=text, kind="soft")


def _axis_texts(grid: Grid, line: PeriodLine, room: float) -> Iterator[Text]:
    """Yield the values of the lines across, and as many months or years as have room."""
    for value in grid.levels:
        y = place(grid.up(value) + 4)
        text = figure(value, line.measure)
        yield Text(x=place(grid.x - 10), y=y, text=text, kind="soft", anchor="end")
    y = place(grid.y + grid.height + 20)
    right = room
    for one in reversed(line.periods):
        text, x = period_name(line.dataset, one.on), _x(line, grid, one.on)
        half = width_of(text, SMALL) / 2
        middle = min(x, room - half)
        if middle + half <= right and middle - half >= 0:
            yield Text(x=place(middle), y=y, text=text, kind="soft", anchor="middle")
            right = middle - half - 8


def _newest_text(grid: Grid, line: PeriodLine) -> Iterator[Text]:
    """Yield the last figure of all beside its mark."""
    standing = [one for one in line.periods if one.newest is not None]
    if not standing:
        return
    last, before = standing[-1], standing[-2:][0]
    x, y = _x(line, grid, last.on), grid.up(last.newest or 0)
    has_room = grid.y + grid.height - y > ROW
    is_falling = (before.newest or 0) > (last.newest or 0)
    base = y + 20 if is_falling and has_room else y - 9
    right = min(x + 8, grid.x + grid.width + 14)
    text = figure(last.newest, line.measure)
    yield Text(x=place(right), y=place(base), text=text, kind="value halo", anchor="end")


def _list(
    line: PeriodLine, revised: Sequence[PeriodChange], at: tuple[float, float]
) -> Iterator[Text]:
    x, count = at[0], len(line.last_changes)
    names = [period_name(line.dataset, one.on) for one in revised]
    right = x + max(width_of(name, SMALL) for name in names) + 8
    head = f"Revised by the version of {day_only(revised[0].as_of)}"
    head += f", {MOST} of {count}:" if count > MOST else ":"
    yield Text(x=place(x), y=place(at[1]), text=head, kind="soft")
    for number, (one, name) in enumerate(zip(revised, names, strict=True)):
        y, kind = place(at[1] + HEAD + ROW * number), "rise" if one.size > 0 else "fall"
        text = revision_text(one, line.measure)
        yield Text(x=place(x), y=y, text=name, kind="soft")
        yield Text(x=place(right), y=y, text=text, kind=f"strong {kind}")


def _about(line: PeriodLine) -> str:
    """Return the newest figures as text, with what earlier versions showed."""
    shown = [_period_text(line, one) for one in line.periods[-MOST_STATED:]]
    left = len(line.periods) - len(shown)
    before = f"The last {len(shown)} of {len(line.periods)} {line.word}s. " if left else ""
    return f"{before}{'; '.join(shown)}."


def _period_text(line: PeriodLine, one: Period) -> str:
    earlier = [figure(value, line.measure) for value in one.earlier[::-1]]
    was = f" (earlier versions: {listed(earlier, MOST_NAMED)})" if earlier else ""
    return f"{period_name(line.dataset, one.on)}: {figure(one.newest, line.measure)}{was}"
