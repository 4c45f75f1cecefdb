"""Rendering: a chart becomes a PNG, an SVG or a page, without any request.

Promises: the same chart gives the same SVG; a page has everything inside and loads nothing.
"""

import zlib
from collections.abc import Callable, Mapping
from html import escape
from typing import Any, Final, Protocol

import vl_convert

from tasks.charts.chart_style import CONFIG

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
    """Return the chart as PNG, `scale` pixels per unit, with its description inside."""
    described = dict(chart.to_dict())
    drawn = vl_convert.vegalite_to_png(described, scale=scale, config=CONFIG, allowed_base_urls=[])
    return _repacked(drawn, str(described.get("description", "")))


def _repacked(drawn: bytes, description: str) -> bytes:
    """Return a PNG with the same pixels in a quarter of the bytes, and with a description."""
    parts, pixels, at = [drawn[:8]], b"", 8
    while at < len(drawn):
        end = at + 12 + int.from_bytes(drawn[at : at + 4])
        if drawn[at + 4 : at + 8] == b"IDAT":
            pixels += drawn[at + 8 : end - 4]
        else:
            parts.append(drawn[at:end])
        at = end
    text = b"Description\0\0\0\0\0" + description.encode()
    packed = zlib.compress(zlib.decompress(pixels), 9)
    parts[-1:-1] = [_chunk(b"iTXt", text), _chunk(b"IDAT", packed)]
    return b"".join(parts)


def _chunk(kind: bytes, content: bytes) -> bytes:
    checked = kind + content
    return len(content).to_bytes(4) + checked + zlib.crc32(checked).to_bytes(4)


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
