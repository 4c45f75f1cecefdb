"""Drawings as SVG, without a template: nearly all of their values are numbers of ours.

Promises: texts are escaped and hidden characters written out, as everywhere on the site; the
classes and numbers of a drawing are ours.
"""

from collections.abc import Iterator, Mapping

from markupsafe import Markup, escape

from tasks.site.drawings.drawing import Box, Dot, Drawing, Text
from tasks.site.rendering import shown


def page_picture(drawings: Mapping[str, Drawing], key: str) -> Markup:
    """Return a picture in several widths, of which the style sheet shows the one that fits.

    `drawings`: by the name of the width. `key`: sets its ids apart from those of others on a page.
    """
    elements = (
        _element(drawing, f"{key}{width[0]}", f"drawing on-{width}")
        for width, drawing in drawings.items()
    )
    return Markup("\n").join([*elements, ""])


def drawing_shapes(drawing: Drawing, key: str) -> Markup:
    """Return what a drawing consists of, without an element around it."""
    return Markup("\n".join([*_shapes(drawing, key), ""]))  # noqa: S704 (its texts are escaped)


def _element(drawing: Drawing, key: str, kind: str) -> Markup:
    """Return a drawing as an element of a page; its size is left to the page."""
    return Markup(  # noqa: S704 (as above)
        f'<svg xmlns="http://www.w3.org/2000/svg" class="{kind}" role="img"'
        f' aria-labelledby="{key}-t {key}-d" viewBox="0 0 {drawing.width} {drawing.height}">\n'
        f'<title id="{key}-t">{_text(drawing.title)}</title>\n'
        f'<desc id="{key}-d">{_text(drawing.about)}</desc>\n'
        f"{drawing_shapes(drawing, key)}\n</svg>\n"
    )


def _shapes(drawing: Drawing, key: str) -> Iterator[str]:
    yield (
        f'<defs><pattern id="{key}-h" width="6" height="6" patternUnits="userSpaceOnUse"'
        ' patternTransform="rotate(45)"><path class="hatch" d="M0 0V6"/></pattern></defs>'
    )
    yield from (_box(one, key) for one in drawing.boxes)
    yield from (f'<path class="{one.kind}" d="{one.d}"/>' for one in drawing.lines)
    yield from map(_dot, drawing.dots)
    yield from map(_line_of_text, drawing.texts)


def _box(one: Box, key: str) -> str:
    fill = f' fill="url(#{key}-h)"' if one.kind == "hatched" else ""
    return (
        f'<rect class="{one.kind}" x="{one.x}" y="{one.y}" width="{one.width}"'
        f' height="{one.height}"{fill}/>'
    )


def _dot(one: Dot) -> str:
    return (
        f'<g class="dot {one.kind}"><circle cx="{one.x}" cy="{one.y}" r="9"/>'
        f'<text x="{one.x}" y="{one.y + 4}" text-anchor="middle">{one.number}</text></g>'
    )


def _line_of_text(one: Text) -> str:
    anchor = "" if one.anchor == "start" else f' text-anchor="{one.anchor}"'
    return f'<text class="{one.kind}" x="{one.x}" y="{one.y}"{anchor}>{_text(one.text)}</text>'


def _text(value: str) -> Markup:
    return escape(shown(value))
