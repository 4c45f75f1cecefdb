"""Objects of archived bodies: a zstd frame, of the whole body or of a patch to an earlier one.

Promises: a patch names its base by the sha256 of the base's bytes, and proves its own bytes and its
name by a checksum: where that is right and decoding fails, the base is damaged. `zstd -d
--patch-from` reads it with the base's bytes: what is added is a skippable frame.

    whole   a zstd frame
    patch   a skippable frame with "vaxpatch", the checksum, the base and the place; a zstd frame

Small bodies of a source form groups of 25. The first of a group is whole; every fifth after it is a
patch to the first, every other one a patch to the last of these before it, so that any of them is
restored from three objects at most. Of larger ones a whole body costs more than a few requests:
only the first is whole, and the base of a patch is the body at its place without the lowest bit, so
that the 300th is restored from nine objects at most. Earlier versions made other lines of patches.
"""

import hashlib
import struct
import sys
from dataclasses import dataclass
from typing import Final

import zstandard

from schemas.limits import BODY_AT_MOST

LEVEL: Final = 1
"""Of zstd. Higher ones take many times as long, and bodies of numbers hardly become smaller."""
SMALLEST: Final = 64
LARGEST: Final = 128 << 20
"""Bytes of a body that may be a patch or a base; patching takes three times the body in memory."""
LARGE: Final = 1 << 16
"""Bytes from which on a body is no small one."""
GROUP: Final = 25
BRANCH: Final = 5
"""Bodies from one whole one to the next, and from one patch to the whole one to the next."""
PAYS_CLEARLY: Final = 16
"""A patch so many times smaller than its body is taken without compressing the whole body, too."""
LARGEST_WINDOW: Final = 1 << 31
HEAD: Final = struct.Struct("<32s32sI")
START: Final = struct.pack("<II8s", 0x184D2A56, 8 + HEAD.size, b"vaxpatch")
"""The number of a skippable zstd frame, its length, and a mark that makes it ours."""


@dataclass(frozen=True, slots=True)
class BodyObject:
    """An object of the raw archive.

    `sha256`: of the body. `base`: the sha256 of the body that it is a patch to; None: it is whole.
    """

    sha256: str
    base: str | None
    place: int
    frame: bytes


def base_place(place: int, size: int) -> int | None:
    """Return the place of the base of a body of this size [bytes]; None: it is whole.

    >>> [base_place(place, 1_000) for place in (0, 1, 4, 5, 6, 9, 24, 25)]
    [None, 0, 0, 0, 5, 5, 20, None]
    >>> [base_place(place, 1_000_000) for place in (0, 1, 4, 5, 6, 9, 24, 25)]
    [None, 0, 0, 4, 4, 8, 16, 24]
    """
    if size >= LARGE:
        return place & (place - 1) if place else None
    if not 0 < place < GROUP:
        return None
    return place - place % BRANCH if place % BRANCH else 0


@dataclass(frozen=True, slots=True)
class Base:
    """What a new body may be a patch to. `place`: the new body's."""

    sha256: str
    content: bytes
    place: int


def whole(content: bytes) -> bytes:
    """Return the object of a body that needs no other."""
    return zstandard.ZstdCompressor(level=LEVEL).compress(content)


def smallest(sha256: str, content: bytes, base: Base | None) -> bytes:
    """Return the object of a body: a patch where that is smaller, else the whole body."""
    if base is None or not is_patchable(len(content)):
        return whole(content)
    patch = _patch(sha256, content, base)
    if len(patch) * PAYS_CLEARLY <= len(content):
        return patch
    return min(whole(content), patch, key=len)


def is_patchable(size: int) -> bool:
    """Return whether a body of this size [bytes] may be a patch or a base."""
    return SMALLEST <= size <= LARGEST


def opened(sha256: str, blob: bytes) -> BodyObject:
    """Return the parts of a body's object. Raises ValueError where a patch is damaged."""
    if not blob.startswith(START):
        return BodyObject(sha256, None, 0, blob)
    frame = blob[len(START) + HEAD.size :]
    if not frame:
        raise ValueError("the beginning of a patch alone")
    checksum, base, place = HEAD.unpack_from(blob, len(START))
    if checksum != _checksum(sha256, base, place, frame):
        raise ValueError("a patch with another checksum than it states")
    return BodyObject(sha256, base.hex(), place, frame)


def restored(one: BodyObject, base: bytes | None) -> bytes:
    """Return the body; its sha256 is not proved. Raises ValueError where it cannot be decoded.

    `base`: the bytes of the base of a patch; None for a whole body.
    """
    try:
        size = zstandard.frame_content_size(one.frame)
        if not 0 <= size <= BODY_AT_MOST:
            raise ValueError(f"a frame of {size:,} bytes instead of at most {BODY_AT_MOST:,}")
        if base is None:
            return zstandard.ZstdDecompressor().decompress(one.frame)
        prefix = zstandard.ZstdCompressionDict(base, dict_type=zstandard.DICT_TYPE_RAWCONTENT)
        patcher = zstandard.ZstdDecompressor(dict_data=prefix, max_window_size=LARGEST_WINDOW)
        return patcher.decompress(one.frame)
    except zstandard.ZstdError as error:
        raise ValueError(f"no readable zstd frame ({error})") from error


def _patch(sha256: str, content: bytes, base: Base) -> bytes:
    if sys.version_info >= (3, 14):
        from compression import zstd  # noqa: PLC0415 (as below)
    else:
        from backports import zstd  # noqa: PLC0415 (only writers need it)

    name = zstd.CompressionParameter
    # Its sibling `zstandard` cannot compress with a prefix, and decodes several times as fast.
    prefix = zstd.ZstdDict(base.content, is_raw=True).as_prefix
    options: dict[int, int] = {
        name.compression_level: LEVEL,
        name.window_log: max(10, max(len(content), len(base.content)).bit_length()),
        name.enable_long_distance_matching: 1,
        name.checksum_flag: 1,
    }
    frame = zstd.compress(content, options=options, zstd_dict=prefix)
    named = bytes.fromhex(base.sha256)
    checksum = _checksum(sha256, named, base.place, frame)
    return START + HEAD.pack(checksum, named, base.place) + frame


def _checksum(sha256: str, base: bytes, place: int, frame: bytes) -> bytes:
    """Return the sha256 of a patch's parts and of the body's name."""
    head = bytes.fromhex(sha256) + base + struct.pack("<I", place)
    return hashlib.sha256(head + frame).digest()
