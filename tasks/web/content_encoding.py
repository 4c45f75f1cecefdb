"""Content encodings: the body of a packed response, in pieces that fit the memory.

Promises: what comes out of one step is at most 32 MiB, so that a caller may stop between two; a
body that ends too early is an error. What follows the end is another frame, or zeros as padding.
"""

import zlib
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

import httpx
import zstandard

from schemas.errors import BadBody
from schemas.limits import LIMITS
from tasks.web.http_status import shown

STEP: Final = 1024
"""Bytes unpacked at once; four of them are 128 KiB at most (zstd), one is 1 KiB (gzip)."""
ACCEPTED: Final = "gzip, deflate, zstd"
REFUSED: Final = frozenset({"br", "compress", "x-compress", "dcb", "dcz"})
"""Encodings that we do not read, and never ask for."""
FRAMES_AT_MOST: Final = 100_000
"""Frames of one body; each takes 10 µs, be it empty. BGZF has 2,300 in our largest table."""
DAMAGE: Final = (zlib.error, zstandard.ZstdError, EOFError)
"""What `decoded` raises for a body that is damaged or cut off."""
WINDOW: Final = 8 * 2**20
"""The largest window of zstd on the web (RFC 9659)."""


def _deflate(start: bytes) -> Any:
    """Return a decoder; some servers leave out the header that RFC 9110 asks for."""
    has_header = start[0] & 15 == zlib.DEFLATED and int.from_bytes(start[:2], "big") % 31 == 0
    return zlib.decompressobj(zlib.MAX_WBITS if has_header else -zlib.MAX_WBITS)


DECODERS: Final[Mapping[str, Callable[[bytes], Any]]] = {
    **dict.fromkeys(("gzip", "x-gzip"), lambda _: zlib.decompressobj(zlib.MAX_WBITS | 16)),
    "deflate": _deflate,
    "zstd": lambda _: zstandard.ZstdDecompressor(max_window_size=WINDOW).decompressobj(),
}
"""The decoder of each encoding, made from the first bytes of a frame."""


def decoded(parts: Iterator[bytes], encoding: str) -> Iterator[bytes]:
    """Yield a body piece by piece, some of them empty.

    `parts`: the body as it came, STEP bytes each. `encoding`: one of DECODERS. Raises one of
    DAMAGE.

    >>> b"".join(decoded(iter([zlib.compress(b"iso3")]), "deflate"))
    b'iso3'
    """
    decoder, frames = None, 0
    for part in parts:
        left = part
        while left:
            if decoder is None or decoder.eof:
                left = left.lstrip(b"\0") if decoder else left
                if not left:
                    break
                decoder, frames = DECODERS[encoding](left), frames + 1
                if frames > FRAMES_AT_MOST:
                    raise EOFError(f"no end after {FRAMES_AT_MOST:,} frames")
            yield decoder.decompress(left)
            left = decoder.unused_data
    if decoder and not decoder.eof:
        raise EOFError(f"{encoding} cut off")


def unpacked(address: str, response: httpx.Response) -> Iterator[bytes]:
    """Yield the body of a response as it was before its server packed it.

    Raises BadBody for a bomb, httpx.DecodingError for a body that is damaged or cut off.
    """
    encoding = response.headers.get("content-encoding", "").strip().lower()
    if "," in encoding or encoding in REFUSED:
        how = "several times " if "," in encoding else ""
        raise too_large(address, f"a body packed {how}({encoding}), not as asked for")
    if encoding not in DECODERS:
        yield from response.iter_raw()
        return
    size = 0
    try:
        for chunk in decoded(response.iter_raw(STEP), encoding):
            size += len(chunk)
            if size > LIMITS.most_unpacked(response.num_bytes_downloaded):
                raise too_large(address, f"{size:,} bytes out of a packed answer and more to come")
            yield chunk
    except DAMAGE as error:
        raise httpx.DecodingError(str(error), request=response.request) from error


def too_large(address: str, seen: str) -> BadBody:
    """Return the error for an answer that is no table."""
    next_step = "Nothing of it was kept. Look whether the address still serves this table."
    return BadBody(shown(address), seen, "one table of a dashboard", next_step)
