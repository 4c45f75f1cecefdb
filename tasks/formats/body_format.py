"""Body format: what one body of a snapshot is, inspected once, before anybody parses it.

Promises: a pure function of the bytes; it fails on none. What is damaged has no sheets and no end.
"""

from dataclasses import dataclass

from schemas.errors import BadBody
from tasks.formats.sniffing import kind_of, unpacked
from tasks.formats.workbooks import sheet_names


@dataclass(frozen=True, kw_only=True, slots=True)
class BodyFormat:
    """The format of a body.

    `kind`: see `kind_of`. `sheets`: the names of its sheets in its order, empty for what is no
    workbook. `is_ended`: whether a plain text, perhaps in gzip, ends with a line break; None for
    what is no text. Where earlier files did, one that does not was cut off, maybe inside a figure.
    """

    kind: str
    sheets: tuple[str, ...] = ()
    is_ended: bool | None = None


def body_format(body: bytes) -> BodyFormat:
    r"""Return the format of a body.

    >>> body_format(b"iso3\n")
    BodyFormat(kind='text', sheets=(), is_ended=True)
    >>> body_format(b"[]")
    BodyFormat(kind='json', sheets=(), is_ended=None)
    """
    kind = kind_of(body)
    try:
        if kind == "zip":
            return BodyFormat(kind=kind, sheets=tuple(sheet_names(body, where="")))
        text = unpacked(body, "", "")
    except BadBody:
        return BodyFormat(kind=kind)
    is_ended = text.endswith((b"\n", b"\r")) if kind_of(text) == "text" else None
    return BodyFormat(kind=kind, is_ended=is_ended)
