"""PNG from SVG, and smaller PNG with a description inside; nothing here needs Vega.

Promises: the same SVG gives the same PNG; no font, picture or style is asked for elsewhere.
"""

import zlib
from typing import Final

import vl_convert

LEVEL: Final = 2
"""Of zlib for pictures that are drawn by the hundred: half of the bytes that come, at once."""


def svg_to_png(svg: str, *, description: str = "", scale: float = 1.0) -> bytes:
    """Return an SVG as PNG, `scale` pixels per unit, with a description inside."""
    drawn = vl_convert.svg_to_png(svg, scale=scale)
    return repacked(drawn, description, level=LEVEL)


def repacked(drawn: bytes, description: str, *, level: int = 9) -> bytes:
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
    packed = zlib.compress(zlib.decompress(pixels), level)
    parts[-1:-1] = [_chunk(b"iTXt", text), _chunk(b"IDAT", packed)]
    return b"".join(parts)


def _chunk(kind: bytes, content: bytes) -> bytes:
    checked = kind + content
    return len(content).to_bytes(4) + checked + zlib.crc32(checked).to_bytes(4)
