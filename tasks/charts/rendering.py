"""Rendering: a chart becomes a PNG, an SVG or a page, without any request.

Promises: the same chart gives the same SVG; a page has everything inside and loads nothing.
"""

from collections.abc import Callable, Mapping
from html import escape
from typing import Any, Final, Protocol

import vl_convert

from tasks.charts.chart_style import CONFIG
from tasks.charts.drawable_text import with_drawable_text
from tasks.charts.svg_picture import repacked

SCALE: Final = 2.0
"""Pixels of a PNG per unit of the chart."""

PAGE: Final = """<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<style>body {{ margin: 1rem; font-family: Arial, Helvetica, sans-serif }}
svg {{ max-width: 100%; height: auto }} figcaption {{ max-width: 44rem }}</style>
<figure style="margin: 0">
{picture}
<figcaption>{title}</figcaption>
</figure>
</html>
"""


class Drawn(Protocol):
    """A chart that can be described as Vega-Lite."""

    def to_dict(self) -> Mapping[str, Any]:
        """Return the chart as Vega-Lite."""
        ...


def png(chart: Drawn, *, scale: float = SCALE) -> bytes:
    """Return the chart as PNG, `scale` pixels per unit, with its description inside.

    Names in scripts without a font are drawn as notes; the description has them.
    """
    described = dict(chart.to_dict())
    shown = with_drawable_text(described)
    drawn = vl_convert.vegalite_to_png(shown, scale=scale, config=CONFIG, allowed_base_urls=[])
    return repacked(drawn, str(described.get("description", "")))


def svg(chart: Drawn) -> bytes:
    """Return the chart as SVG with its description as title, in UTF-8."""
    described = dict(chart.to_dict())
    drawn = vl_convert.vegalite_to_svg(described, config=CONFIG, allowed_base_urls=[])
    title = f"<title>{escape(str(described.get('description', '')))}</title>"
    return drawn.replace(">", f' role="img">{title}', 1).encode()


def html(chart: Drawn) -> bytes:
    """Return the chart as a page with everything inside and no script, in UTF-8."""
    title = escape(str(chart.to_dict().get("description", "")))
    return PAGE.format(title=title, picture=svg(chart).decode()).encode()


RENDERERS: Final[Mapping[str, Callable[[Drawn], bytes]]] = {".png": png, ".svg": svg, ".html": html}
"""By the end of a file's name."""
