"""Mutations: the bytes of a sound snapshot, spoilt at random, and what is left of them in the end.

Promises: the same dice spoil in the same way. What is packed (gzip, ZIP, streams of a PDF) is
mostly spoilt inside and packed again, as nobody would look beyond a broken wrapping otherwise.
"""

import gzip
import io
import re
import time
import zipfile
import zlib
from collections.abc import Callable, Mapping
from random import Random

Bodies = Mapping[str, bytes]
Change = Callable[[bytes, bytes, Random], bytes]
MOST = 200_000
"""Bytes of a spoilt body; the limits beyond are tested one by one."""
INSIDE = 0.85
BROKEN = (OSError, EOFError, zlib.error, zipfile.BadZipFile, RuntimeError, ValueError, LookupError)
"""What opening a broken wrapping raises."""
MINIMISING = 20.0
"""Seconds."""
MARKS = re.compile(rb"[,\n\"{}\[\]<>:\s]")
STREAM = re.compile(rb"/Length (\d+)([^>]*>>\s*stream\r?\n)(.*?)(\r?\nendstream)", re.DOTALL)
NUMBER = re.compile(rb"-?\d[\d.]*")
TOKENS = (
    *(b",", b'"', b'""', b"\n", b"\r", b"\r\n\r\n", b";", b"\t", b"|", b"\0", b"\\", b" ", b"#a+b"),
    *(b"\xef\xbb\xbf", b"\xff\xfe", b"\xa0", b"\xc3\x28", b"\xe2\x80\xaf", b"\xd9\xa3", b"\x85"),
    *(b"=1+1", b"NaN", b"N/A", b"1e999", b"-0", b"1,234", b"1.234,5", b"9" * 40, b"2021-13-45"),
    *(b"0001-01-01", b"9999-12-31T23:59:59Z", b"TOTAL", b"Total,,,", b"NA", b"round 6", b"- "),
    *(b"[", b"{", b"]", b"}", b"null", b"true", b'"\\u0000"', b'"\\ud83d"', b"[" * 70, b"1E400"),
    *(
        b"[{}]",
        b"[[]]",
        b"-1",
        b"1.5",
        b'{"a":{}}',
        b'"C":',
        b'"R":',
        b'"S":',
        b'"DM0":',
        b'"\xc3\x98":',
    ),
    *(b"<!DOCTYPE", b"&#0;", b'<c r="XFD1048576"/>', b't="s"', b"<v>99999999</v>", b"<si/>"),
    *(
        b"%%EOF",
        b"endstream",
        b"/Length 99999999",
        b"/Kids[3 0 R]",
        b" Tj ",
        b"ET",
        b" Td ",
        b"0 R",
    ),
    *(b"\x1f\x8b", b"PK\x03\x04", b"PK\x05\x06", b"%PDF-1.7", b"\xd0\xcf\x11\xe0"),
)


def mutated(bodies: Bodies, other: Bodies, dice: Random) -> dict[str, bytes]:
    """Return the bodies of a snapshot with some of them spoilt, perhaps by parts of `other`."""
    names = list(bodies)
    if len(names) > 1 and dice.random() < 0.05:
        gone = dice.choice(names)
        return {name: body for name, body in bodies.items() if name != gone}
    spoilt = dict(bodies)
    for _ in range(dice.choice((1, 1, 1, 2, 4))):
        name = dice.choice(names)
        foreign = dice.choice(list(other.values()))
        spoilt[name] = _within(spoilt[name], foreign, dice)[:MOST]
    if dice.random() < 0.03:
        spoilt[name] = dice.choice((_utf16, gzip.compress, _latin1))(spoilt[name])
    return spoilt


def minimised(bodies: Bodies, is_same: Callable[[Bodies], bool]) -> Bodies:
    """Return less and less of the bodies that crash in the same way, for a while."""
    until = time.monotonic() + MINIMISING
    for name in bodies:
        size = len(bodies[name])
        while size := size // 2:
            start = 0
            while start < len(bodies[name]) and time.monotonic() < until:
                body = bodies[name]
                less = {**bodies, name: body[:start] + body[start + size :]}
                bodies, start = (less, start) if is_same(less) else (bodies, start + size)
    return bodies


def _within(body: bytes, other: bytes, dice: Random) -> bytes:
    """Return a body changed, inside of its wrapping where it has one that can be opened."""
    change = dice.choice(CHANGES)
    if dice.random() < INSIDE:
        try:
            if body.startswith(b"\x1f\x8b"):
                return gzip.compress(change(gzip.decompress(body), other, dice), 1)
            if body.startswith(b"PK"):
                return _in_zip_entry(body, other, dice, change)
            if body.startswith(b"%PDF"):
                return _in_stream(body, other, dice, change)
        except BROKEN:
            pass
    return change(body, other, dice)


def _in_zip_entry(body: bytes, other: bytes, dice: Random, change: Change) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(body)) as archive, zipfile.ZipFile(packed, "w") as spoilt:
        names = archive.namelist()
        sheets = [name for name in names if "sheet" in name.lower() or "shared" in name]
        one = dice.choice(sheets if sheets and dice.random() < INSIDE else names)
        for name in names:
            content = archive.read(name)[:MOST]
            spoilt.writestr(name, change(content, other, dice) if name == one else content)
    return packed.getvalue()


def _in_stream(body: bytes, other: bytes, dice: Random, change: Change) -> bytes:
    found = dice.choice(list(STREAM.finditer(body)))
    packed = zlib.compress(change(zlib.decompress(found[3])[:MOST], other, dice))
    head = b"/Length %d" % len(packed)
    return body[: found.start()] + head + found[2] + packed + found[4] + body[found.end() :]


def _utf16(body: bytes) -> bytes:
    return body.decode("latin-1").encode("utf-16")


def _latin1(body: bytes) -> bytes:
    return body.decode("utf-8", "replace").encode("latin-1", "replace")


def _cut(body: bytes, dice: Random) -> tuple[int, int]:
    """Return where a piece begins and ends: between marks of the format, or anywhere."""
    marks = [found.start() for found in MARKS.finditer(body)] if dice.random() < 0.6 else []
    places = marks if len(marks) > 1 else range(len(body) + 1)
    start = dice.choice(places)
    near = [place for place in places if start <= place <= start + dice.choice((4, 40, 400))]
    return start, dice.choice(near)


def _flip(body: bytes, _other: bytes, dice: Random) -> bytes:
    place = dice.randrange(len(body) or 1)
    byte = bytes([body[place] ^ (1 << dice.randrange(8))]) if body else b""
    return body[:place] + byte + body[place + 1 :]


def _delete(body: bytes, _other: bytes, dice: Random) -> bytes:
    start, end = _cut(body, dice)
    return body[:start] + body[end:]


def _repeat(body: bytes, _other: bytes, dice: Random) -> bytes:
    start, end = _cut(body, dice)
    return body[:start] + body[start:end] * dice.choice((2, 2, 3, 300)) + body[end:]


def _swap(body: bytes, _other: bytes, dice: Random) -> bytes:
    (a, b), (c, d) = sorted((_cut(body, dice), _cut(body, dice)))
    return body if b > c else body[:a] + body[c:d] + body[b:c] + body[a:b] + body[d:]


def _truncate(body: bytes, _other: bytes, dice: Random) -> bytes:
    return body[: _cut(body, dice)[0]]


def _splice(body: bytes, other: bytes, dice: Random) -> bytes:
    start, end = _cut(body, dice)
    first, last = _cut(other, dice)
    return body[:start] + other[first:last] + body[end:]


def _insert(body: bytes, _other: bytes, dice: Random) -> bytes:
    start, end = _cut(body, dice)
    return body[:start] + dice.choice(TOKENS) + body[dice.choice((start, end)) :]


def _number(body: bytes, _other: bytes, dice: Random) -> bytes:
    found = list(NUMBER.finditer(body))
    if not found:
        return body
    one = dice.choice(found)
    return body[: one.start()] + dice.choice(TOKENS) + body[one.end() :]


CHANGES: tuple[Change, ...] = (
    *(_flip, _delete, _repeat, _swap, _truncate, _splice, _insert, _insert, _number),
)
