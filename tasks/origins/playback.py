"""Whether an archive's response is the requested capture.

Promises: no time is guessed: a response that is no capture is refused, and so is one with other
bytes than the archive lists.
"""

import base64
import hashlib
import re
from datetime import UTC, datetime

import httpx

from schemas.errors import BadBody, FetchFailed
from tasks.origins.capture_index import FORM, Row
from tasks.origins.web_archive import Archive, is_own_page
from tasks.web.download import Download
from tasks.web.http_status import shown

PLAYED = re.compile(r"/web/(\d{14})(?:id_)?/")


def sha1(content: bytes) -> str:
    """Return the digest of bytes in the form of an archive's list: SHA-1 in base32.

    >>> sha1(b"")
    '3I42H3S6NNFQ2MSVX7XZKYAYSCX5QBYJ'
    """
    return base64.b32encode(hashlib.sha1(content, usedforsecurity=False).digest()).decode()


def played_at(archive: Archive, name: str, answer: Download) -> datetime:
    """Return the time of the capture in a response. Raises BadBody when it is no capture."""
    final = answer.response.url
    played = PLAYED.match(final.path)
    if played is None or final.host != httpx.URL(archive.host).host:
        raise BadBody(
            name,
            f"an answer from {shown(str(final))}",
            f"a capture of {archive.host}",
            "Nothing of it was kept, as nobody says when those bytes were had.",
        )
    return datetime.strptime(played[1], FORM).replace(tzinfo=UTC)


def checked(row: Row, answer: Download, *, at: datetime) -> str:
    """Return the digest under which the bytes of the capture of `at` are recorded.

    A body that the publisher sent compressed was hashed in that form, and arrives decompressed: it
    cannot be compared. Nor can the body of another capture than the listed one.

    Raises:
        FetchFailed: A page of the archive itself, or nothing; a later try may work.
        BadBody: Other bytes than the archive lists.
    """
    digest = sha1(answer.content)
    if digest == row.digest:
        return digest
    if is_own_page(answer):
        raise FetchFailed(row.name, "a page of the archive itself instead of the capture")
    if not answer.content:
        raise FetchFailed(row.name, "an empty answer")
    if at != row.at or not row.digest:
        return digest
    if "x-archive-orig-content-encoding" in answer.response.headers:
        return row.digest
    raise BadBody(
        row.name,
        f"bytes with SHA-1 {digest}",
        f"those that the archive lists, {row.digest}",
        "Nothing of it was kept. Look at that capture by hand.",
    )
