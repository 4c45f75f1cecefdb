"""The ladder: the five steps of a dose as bars, above what two doses for everybody would take."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from schemas.wording import day_only, figure, percent
from tasks.site.drawings.drawing import Box, Drawing, Text, place

STEPS: Final = ("announced", "allocated", "shipped", "delivered", "administered")
NONE: Final = "not published"
BAR: Final = 14.0
HATCHED: Final = 24.0
"""Width of the bar of a step without a figure; it means no number."""
NARROW, SMALLEST = 600.0, 450.0
"""Widths below which sources have lines of their own, and below which shares are left out."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Rung:
    """A row of the ladder: a step, or a need. `value`: doses, None where none is published.

    `where`: its source and its day, `part`: its share of two doses each; '' where there is none.
    """

    name: str
    value: float | None
    shown: str
    where: str
    part: str = ""
    is_need: bool = False


def rungs_of(ladder: Mapping[str, Any], names: Mapping[str, str]) -> list[Rung]:
    """Return the steps of a row of the mart `allocation_ladder`, then what is needed.

    `names`: sources as sentences name them.
    """
    return [*(_step(ladder, step, names) for step in STEPS), *_needs(ladder)]


def _step(ladder: Mapping[str, Any], step: str, names: Mapping[str, str]) -> Rung:
    value, share, source = (ladder[name] for name in (step, f"{step}_of_need", f"{step}_source"))
    shown = NONE if value is None else figure(value)
    part = f"{percent(share).removeprefix('+')} of two doses each" if share and value else ""
    if source is not None and value is None:
        shown = "no figure any more"
    where = f"{names.get(source, source)}, {day_only(ladder[f'{step}_on'])}" if source else ""
    return Rung(name=step, value=value, shown=shown, where=where, part=part)


def _needs(ladder: Mapping[str, Any]) -> list[Rung]:
    found: list[Rung] = []
    if ladder["two_dose_need"]:
        need, where = ladder["two_dose_need"], f"UN population of {ladder['people_year']}"
        found.append(
            Rung(name="two doses each", value=need, shown=figure(need), where=where, is_need=True)
        )
    if ladder["stated_target"]:
        need, who = ladder["stated_target"], str(ladder["stated_target_by"] or "a report")
        when = f", {day_only(ladder['stated_target_on'])}" if ladder["stated_target_on"] else ""
        where = f"{who.partition(':')[0]}{when}"
        found.append(
            Rung(name="need as stated", value=need, shown=figure(need), where=where, is_need=True)
        )
    return found


def ladder_text(rungs: list[Rung]) -> str:
    """Return the ladder as one sentence."""
    parts = (f"{one.name} {one.shown}" + (f" ({one.where})" if one.where else "") for one in rungs)
    return f"Doses: {'; '.join(parts)}."


def ladder_drawing(
    rungs: list[Rung], *, title: str, width: float, height: float | None = None
) -> Drawing:
    """Return the drawing of a country's ladder.

    `title`: what the picture shows. `width`: of the drawing; source and day are on a line of their
    own where it is less than 600. `height`: by default as the rows need it.
    """
    is_narrow = width < NARROW
    row = height / len(rungs) if height else (60.0 if is_narrow else 46.0)
    greatest = max((one.value for one in rungs if one.value), default=1)
    boxes, texts = list[Box](), list[Text]()
    for number, one in enumerate(rungs):
        y = row * number + 14
        texts.append(Text(x=0, y=place(y), text=one.name))
        part = f" ({one.part})" if one.part and width >= SMALLEST else ""
        texts.append(Text(x=112, y=place(y), text=f"{one.shown}{part}", kind="strong"))
        if is_narrow and one.where:
            texts.append(Text(x=0, y=place(y + 15), text=one.where, kind="soft"))
        elif one.where:
            texts.append(
                Text(x=place(width), y=place(y), text=one.where, kind="soft", anchor="end")
            )
        boxes.append(_bar(one, y + (21 if is_narrow else 7), (width - 1) / greatest))
    return Drawing(
        width=place(width),
        height=place(row * len(rungs)),
        title=title,
        about=ladder_text(rungs),
        boxes=boxes,
        texts=texts,
    )


def _bar(one: Rung, y: float, scale: float) -> Box:
    if one.value is None:
        return Box(x=0.5, y=place(y), width=HATCHED, height=BAR, kind="hatched")
    wide = max(1.5, one.value * scale) if one.value else 0.5
    kind = "need" if one.is_need else "bar"
    return Box(x=0.5, y=place(y), width=place(wide), height=BAR, kind=kind)
