"""What a chart shows, as text: for tests that look at no picture."""

import xml.etree.ElementTree as ET

from schemas.wording import MINUS
from tasks.charts.chart_style import FIRM
from tasks.charts.rendering import Drawn, svg

TEXT = "{http://www.w3.org/2000/svg}text"


def texts_in(chart: Drawn) -> list[str]:
    """Return all texts of a chart in the order in which they are drawn; minus signs as hyphens."""
    texts = ("".join(one.itertext()) for one in _root(chart).iter(TEXT))
    return [text.replace(MINUS, "-").replace(FIRM, " ") for text in texts]


def colours_in(chart: Drawn) -> set[str]:
    """Return every colour that fills or strokes something."""
    found = {one.get(how) for one in _root(chart).iter() for how in ("fill", "stroke")}
    return {colour for colour in found if colour and colour.startswith("#")}


def _root(chart: Drawn) -> ET.Element:
    return ET.fromstring(svg(chart))  # noqa: S314 (it was drawn here)
