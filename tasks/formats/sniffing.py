"""Bytes: what a body is, whatever its status and its name said, and out of its gzip wrapping.

Promises: content is judged by its first bytes; nothing is unpacked beyond the limits.
"""

import codecs
import gzip
import io
import json
import re
import zlib
from contextlib import suppress

from schemas.errors import BadBody
from schemas.limits import LIMITS, Limits

JSON = "JSON in UTF-8"
GZIP = b"\x1f\x8b"
UTF8_MARK = b"\xef\xbb\xbf"
DOCUMENTS = {
    b"%PDF": ("pdf", "a PDF document"),
    b"PK\x03\x04": ("zip", "a ZIP archive or an Excel workbook"),
    b"\xd0\xcf\x11\xe0": ("ole", "an old Excel or Word document"),
}
"""What a document begins with, its kind, and what it is called in sentences."""
BEFORE = re.compile(rb"(?:\xef\xbb\xbf)?\s*")
"""What may stand before the first byte that says what a body is."""
LOOKED_AT = 512
PEEKED = 65_536
PAGE = re.compile(rb"<(!doctype\s+html|html|head|body|script|meta|title)\b", re.IGNORECASE)
FETCH_AGAIN = "Nothing was published and the last good vintage stands. Fetch it again later."
CHECK_SOURCE = (
    "Nothing was published and the last good vintage stands. "
    "Look at the kept body and at the page: the address or the format may have changed."
)
GIT_LFS = b"version https://git-lfs.github.com/spec/"
BRING_FILE = (
    "Nothing was published and the last good vintage stands. "
    "Bring the file that it stands for (`git lfs pull` in its repository), and take that."
)
CONFLICT = b"<<<<<<< "
"""How a line begins where git left two versions of what follows."""
RESOLVE = (
    "Nothing was published and the last good vintage stands. "
    "It holds two versions of some rows: take the one before or after that commit."
)
SHOWN = 60
DAMAGE = (OSError, EOFError, zlib.error)
"""What reading a damaged gzip raises."""


def kind_of(body: bytes) -> str:
    r"""Return what a body begins with: gzip, pdf, zip, ole, html, xml, json, text or binary.

    An empty body is `empty`. `zip` may be a workbook, `ole` is an old Office document.

    >>> kind_of(b"%PDF-1.7"), kind_of(b"\xef\xbb\xbf\n<!DOCTYPE html>"), kind_of(b"iso3,doses\n")
    ('pdf', 'html', 'text')
    """
    start = _start(body)
    if start.startswith(GZIP):
        return "gzip"
    for magic, (kind, _) in DOCUMENTS.items():
        if start.startswith(magic):
            return kind
    if not start:
        return "empty"
    if start.startswith(b"<"):
        return "html" if PAGE.search(start) else "xml"
    if b"\0" in start:
        return "binary"
    return "json" if start[:1] in b"{[" else "text"


def is_json(body: bytes) -> bool:
    r"""Return whether a body is JSON by its first bytes, whether or not it came in gzip.

    What is damaged is none; a reader says what it is.

    >>> is_json(b'\xef\xbb\xbf {"value": []}'), is_json(gzip.compress(b"[]")), is_json(b"iso3\n")
    (True, True, False)
    """
    if body.startswith(GZIP):
        try:
            with gzip.GzipFile(fileobj=io.BytesIO(body)) as packed:
                body = packed.read(PEEKED)
        except DAMAGE:
            return False
    return kind_of(body) == "json"


def unpacked(body: bytes, where: str, expected: str, *, limits: Limits = LIMITS) -> bytes:
    """Return the body, out of its gzip wrapping if it came in one.

    Raises BadBody when the gzip is damaged, cut off, or unpacks to more than the limits allow.
    """
    if not body.startswith(GZIP):
        return body
    most = limits.most_unpacked(len(body))
    try:
        with gzip.GzipFile(fileobj=io.BytesIO(body)) as packed:
            content = packed.read(most + 1)
    except DAMAGE as error:
        raise BadBody(where, f"damaged gzip ({error})", expected, FETCH_AGAIN) from error
    if len(content) > most:
        seen = f"gzip of {len(body):,} bytes that unpacks to more than {most:,} bytes"
        raise BadBody(where, seen, expected, CHECK_SOURCE)
    return content


def refuse_documents(body: bytes, where: str, expected: str) -> None:
    """Refuse what is no data at all: an empty body, a web page, a PDF, a workbook, a pointer."""
    start = _start(body)
    if not start:
        raise BadBody(where, f"an empty body ({len(body)} bytes)", expected, FETCH_AGAIN)
    if start.startswith(GIT_LFS):
        seen = "a Git LFS pointer, which stands for a file that is kept elsewhere"
        raise BadBody(where, seen, expected, BRING_FILE)
    at = 0 if body.startswith(CONFLICT) else body.find(b"\n" + CONFLICT) + 1
    if at or body.startswith(CONFLICT):
        line = body.count(b"\n", 0, at) + 1
        raise BadBody(where, f"marks of a git conflict (line {line:,})", expected, RESOLVE)
    if start.startswith(b"<"):
        shown = " ".join(start[:SHOWN].decode("utf-8", "replace").split())
        kind = "a web page" if kind_of(body) == "html" else "markup"
        raise BadBody(where, f"{kind} that begins with '{shown}'", expected, CHECK_SOURCE)
    for magic, (_, named) in DOCUMENTS.items():
        if start.startswith(magic):
            raise BadBody(where, named, expected, CHECK_SOURCE)


def no_json(content: bytes, where: str, fault: str) -> BadBody:
    """Return the error for a text that is no JSON by `fault`.

    NaN and Infinity, which some software writes for a missing number, are called by their names.
    """
    words: list[str] = []
    with suppress(ValueError):
        json.loads(content, parse_constant=words.append)
        if words:
            return BadBody(where, f"{words[0]}, which is no number in JSON", JSON, CHECK_SOURCE)
    return BadBody(where, f"no whole JSON ({fault})", JSON, FETCH_AGAIN)


def text_of(body: bytes, where: str, expected: str) -> str:
    """Return a body as text, without its byte-order mark. Raises BadBody as `require_text`."""
    require_text(body, where, expected)
    return body.decode("utf-8-sig")


def require_text(body: bytes, where: str, expected: str) -> None:
    """Refuse what is no text; a whole text may take four times the room of its bytes.

    Raises BadBody when it is empty, another kind of document, no UTF-8, or holds a zero byte.
    """
    refuse_documents(body, where, expected)
    decoder = codecs.getincrementaldecoder("utf-8")()
    for start in range(0, len(body), PEEKED):
        piece = body[start : start + PEEKED]
        try:
            decoder.decode(piece, final=start + PEEKED >= len(body))
        except UnicodeDecodeError as error:
            place = start + len(piece) - len(error.object) + error.start
            seen = f"bytes that are no UTF-8 text (at byte {place:,})"
            raise BadBody(where, seen, expected, CHECK_SOURCE) from error
    if b"\0" in body:
        seen = f"a zero byte in the text (at byte {body.index(0):,})"
        raise BadBody(where, seen, expected, CHECK_SOURCE)


def _start(body: bytes) -> bytes:
    """Return the first bytes that say something, behind a byte-order mark and blanks."""
    before = BEFORE.match(body)
    place = before.end() if before else 0
    return body[place : place + LOOKED_AT]
