"""
Fetch: the bytes of one source, from its publisher or from a file at hand, and how they were had.

Promises: the body is what the publisher sent, byte for byte, hashed while it arrived, never longer
than `Manners.largest`, never half: an answer that breaks off is a `Transient`. Whether the body is
what the source publishes (a login page under status 200) is for its parser to judge.
"""

import hashlib
import tempfile
import time
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path

from schemas.errors import WrongUse
from schemas.records import Body, Fetched, Snapshot, utc
from schemas.source import Source
from tasks.download import POLITE, Manners, download, shown

IN_MEMORY = 8 * 2**20
KEPT_HEADERS = (
    "age",
    "cache-control",
    "content-disposition",
    "content-encoding",
    "content-length",
    "content-type",
    "date",
    "etag",
    "last-modified",
    "retry-after",
    "server",
)


def fetch(
    source: Source, *, at: datetime, url: str | None = None, manners: Manners = POLITE
) -> Fetched:
    """
    Return the body that the publisher serves now, called `main`, with the evidence.

    Args:
        source: Whose file it is.
        at: The present instant; `retrieved_at` is the whole second it lies in.
        url: Another address than the declared one.
        manners: How often, how long and in whose name we ask.

    Raises:
        FetchFailed: No whole answer although asked `attempts` times; a later try may work.
        FetchRefused: An answer that will not change: 404, 403, too many redirects, no such scheme.
        BadBody: More than `manners.largest` bytes.
    """
    address = url or source.url
    started = time.monotonic()
    with tempfile.SpooledTemporaryFile(max_size=IN_MEMORY) as spool:
        answer = download(address, spool, manners)
        spool.seek(0)
        content = spool.read()
    response = answer.response
    told = {
        "kind": "http",
        "requested_url": shown(address),
        "final_url": shown(str(response.url)),
        "redirects": [shown(str(step.url)) for step in response.history],
        "status": response.status_code,
        "headers": {k: response.headers[k] for k in KEPT_HEADERS if k in response.headers},
        "tries": answer.tries,
        "elapsed_seconds": round(time.monotonic() - started, 3),
        "sha256": answer.sha256,
        "bytes": len(content),
    }
    snapshot = Snapshot(
        source=source.name,
        retrieved_at=utc(at).replace(microsecond=0),
        bodies=(Body(name="main", sha256=answer.sha256, size=len(content)),),
        url=shown(address),
    )
    return Fetched(snapshot=snapshot, contents={"main": content}, evidence=told)


def from_file(
    source: Source,
    path: Path,
    *,
    retrieved_at: datetime,
    url: str | None = None,
    scope: Iterable[str] = (),
) -> Fetched:
    """
    Return a file at hand as the body `main` that somebody had at `retrieved_at`.

    `url`: where it came from, if that is known. `scope`: the countries it speaks for, empty: all.
    Raises WrongUse when there is no such file.
    """
    if not path.is_file():
        seen = "is a folder" if path.is_dir() else "is not there"
        raise WrongUse(f"{path} {seen}; expected a file of {source.name}. Give its path.")
    content = path.read_bytes()
    sha256 = hashlib.sha256(content).hexdigest()
    snapshot = Snapshot(
        source=source.name,
        retrieved_at=utc(retrieved_at),
        bodies=(Body(name="main", sha256=sha256, size=len(content)),),
        url=shown(url or source.url),
        scope=tuple(sorted(scope)),
    )
    told = {"kind": "file", "file": path.name, "sha256": sha256, "bytes": len(content)}
    return Fetched(snapshot=snapshot, contents={"main": content}, evidence=told)
