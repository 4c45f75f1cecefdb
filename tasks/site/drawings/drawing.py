"""Drawings: what a picture consists of, in its own units, before SVG is made of it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal

PAGE_WIDTHS: Final[Mapping[str, float]] = {"wide": 860, "narrow": 340}
"""Units of the drawings on a page; the style sheet shows the one that fits the screen."""
Anchor = Literal["start", "middle", "end"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Text:
    """A line of text. `x`, `y`: where it begins, or ends by `anchor`, on its base line."""

    x: float
    y: float
    text: str
    kind: str = ""
    anchor: Anchor = "start"


@dataclass(frozen=True, kw_only=True, slots=True)
class Line:
    """A line. `d`: an SVG path. `kind`: the class that gives colour and width."""

    d: str
    kind: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Box:
    """A rectangle. `kind`: the class that gives its colour."""

    x: float
    y: float
    width: float
    height: float
    kind: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Dot:
    """A point of a line with its number, '' where it has none."""

    x: float
    y: float
    number: str
    kind: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Drawing:
    """A picture of `width` by `height`, drawn in this order.

    `title`, `about`: for those who do not see it.
    """

    width: float
    height: float
    title: str
    about: str
    boxes: Sequence[Box] = ()
    lines: Sequence[Line] = ()
    dots: Sequence[Dot] = ()
    texts: Sequence[Text] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class Picture:
    """What can be drawn. `draw`: makes its drawing from a width and, where given, a height."""

    title: str
    source: str
    draw: Callable[[float, float | None], Drawing]


def place(value: float) -> float:
    """Return a place on a picture, as short as it can be written.

    >>> place(12.3456), place(3.0)
    (12.3, 3)
    """
    rounded = round(value, 1)
    return int(rounded) if rounded == int(rounded) else rounded


def width_of(text: str, size: float) -> float:
    """Return at most how wide a text is, in whichever font a reader's machine has.

    >>> round(width_of("8,115,600", 14))
    83
    """
    return len(text) * size * 0.66
