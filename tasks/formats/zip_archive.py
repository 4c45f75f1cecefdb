"""ZIP archives: the files in one, unpacked within the limits."""

import io
import lzma
import struct
import zipfile
import zlib

from schemas.errors import BadBody
from schemas.limits import LIMITS, MIB, Limits
from tasks.formats.sniffing import CHECK_SOURCE, FETCH_AGAIN

ARCHIVE = "a sound ZIP archive"
DAMAGE = (
    *(zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError, OSError, ValueError),
    *(IndexError, zlib.error, lzma.LZMAError, struct.error),
)
"""What reading a damaged archive raises; places outside of it are a ValueError."""


def zip_members(body: bytes, *, where: str, limits: Limits = LIMITS) -> dict[str, bytes]:
    """Return the content of every file in a ZIP archive, by its name in there.

    Files are unpacked within the limits, by the bytes that really come out. Raises BadBody for an
    archive that is damaged, cut off, under a password, has a name twice, or more than is allowed.
    """
    most = limits.most_unpacked(len(body))
    found: dict[str, bytes] = {}
    try:
        with zipfile.ZipFile(io.BytesIO(body)) as archive:
            files = [one for one in archive.infolist() if not one.is_dir()]
            if len(files) > limits.members:
                seen = f"a ZIP archive of {len(files):,} files"
                raise BadBody(where, seen, f"at most {limits.members:,}", CHECK_SOURCE)
            for one in files:
                found[one.filename] = _content(archive, one, where, most)
                most -= len(found[one.filename])
    except DAMAGE as error:
        raise BadBody(where, f"a damaged ZIP archive ({error})", ARCHIVE, FETCH_AGAIN) from error
    if len(found) < len(files):
        raise BadBody(where, "a ZIP archive in which a name stands twice", ARCHIVE, CHECK_SOURCE)
    return found


def _content(archive: zipfile.ZipFile, one: zipfile.ZipInfo, where: str, most: int) -> bytes:
    chunks: list[bytes] = []
    with archive.open(one) as packed:
        while chunk := packed.read(MIB):
            chunks.append(chunk)
            most -= len(chunk)
            if most < 0:
                seen = "a ZIP archive whose files unpack to more bytes than a table has"
                raise BadBody(where, seen, "no more than Limits.most_unpacked", CHECK_SOURCE)
    return b"".join(chunks)
