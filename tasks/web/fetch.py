"""Fetch one snapshot of a source, from its publisher or from a local file, with its evidence.

The bodies are what the publisher sent, byte for byte. Whether they are what the source publishes (a
login page under status 200) is for its parser to judge.
"""

import hashlib
import os
import re
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from datetime import datetime
from pathlib import Path

from schemas.errors import BadBody, ByHand, VaxwatchError, WrongUse
from schemas.limits import BODY_AT_MOST
from schemas.records import Body, Fetched, Missed, Snapshot, utc
from schemas.source import Source
from tasks.formats.sniffing import CHECK_SOURCE, kind_of
from tasks.web.download import POLITE, FetchPolicy, open_session
from tasks.web.http_status import is_gone, shown
from tasks.web.snapshot_requests import CacheLookup, SnapshotRequests

BODY_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,79}")
"""A body's name is a plain word: it may come from outside, and may become a file name."""


def fetch(
    source: Source,
    *,
    at: datetime,
    url: str | None = None,
    fetch_policy: FetchPolicy = POLITE,
    cached: CacheLookup = lambda _: None,
    miss: Callable[[Missed], object] = lambda _: None,
) -> Fetched:
    """Return what the publisher serves now, with the evidence of every request.

    A source of one file has one body, `main`; others are gathered (`source.gather`). Where the
    publisher responds 304, the body comes from the cache. Where the declared address is gone, the
    further ones of the source are tried; that of the snapshot is the one with the table.

    `at`: the present instant; `retrieved_at` is its whole second. `url`: another address than the
    declared one. `cached`: returns the last response of an address; by default every body is
    downloaded. `miss`: called with the evidence of a fetch that fails, before its error is raised.

    Raises:
        ByHand: The declared address is a page for people (`source.by_hand`), and no other is given.
        FetchFailed, FetchRefused, BadBody: As `request`; BadBody too for a body without plain name.
    """
    if source.by_hand and not url:
        raise ByHand(source.name, source.url, source.by_hand)
    first, *further = (url,) if url else (source.url, *source.further_urls)

    def fetched(address: str) -> Fetched:
        with open_session(address, fetch_policy) as session:
            ask = SnapshotRequests(session, cached)
            return _fetched(source, ask, address, at=at, miss=miss, can_move=bool(further))

    try:
        return fetched(first)
    except VaxwatchError as error:
        for address in further if _may_have_moved(error) else ():
            with suppress(VaxwatchError):
                return fetched(address)
        raise


def _may_have_moved(error: VaxwatchError) -> bool:
    """Return whether an address is gone, so that another may have its table.

    One that fails for a while is not: a mirror may be older, and its rows would seem to be news.
    """
    return isinstance(error, BadBody) or is_gone(error)


def _fetched(
    source: Source,
    ask: SnapshotRequests,
    address: str,
    *,
    at: datetime,
    miss: Callable[[Missed], object],
    can_move: bool,
) -> Fetched:
    """Return what one address serves; what fails is missed. `can_move`: there are others."""
    retrieved_at = utc(at).replace(microsecond=0)
    try:
        contents = _gathered(source, ask, address)
        if can_move:
            _refuse_web_pages(source, contents)
    except VaxwatchError as error:
        missed = Missed(
            source=source.name,
            at=retrieved_at,
            url=shown(address),
            fault=str(error),
            requests=ask.evidence,
            contents=ask.contents,
        )
        miss(missed)
        raise
    details = {"requests": ask.evidence} if source.gather else ask.evidence[0]
    snapshot = Snapshot(
        source=source.name,
        retrieved_at=retrieved_at,
        bodies=tuple(body_of(content, name) for name, content in contents.items()),
        url=shown(address),
    )
    return Fetched(snapshot=snapshot, contents=contents, evidence={"kind": "http", **details})


def _refuse_web_pages(source: Source, contents: Mapping[str, bytes]) -> None:
    """Refuse what a moved table leaves behind. Of a single address its parser does."""
    if any(kind_of(body) == "html" for body in contents.values()):
        seen, expected = "a web page under status 200", "the table, or a redirect to it"
        raise BadBody(source.name, seen, expected, CHECK_SOURCE)


def _gathered(source: Source, ask: SnapshotRequests, address: str) -> dict[str, bytes]:
    """Return the bodies by name. Raises BadBody for a name that is no plain word, and for none."""
    contents = dict(source.gather(ask, address) if source.gather else {"main": ask(address)})
    odd = [name for name in contents if not BODY_NAME.fullmatch(name)]
    if odd or not contents:
        raise BadBody(
            source.name,
            f"a body named {odd[0][:80]!r}" if odd else "no body at all",
            "bodies named by letters, digits, '.', '_' and '-'",
            f"No snapshot was made of it. Look at `gather` in tasks/sources/{source.name}.py.",
        )
    return contents


def body_of(content: bytes, name: str = "main") -> Body:
    """Return the record of one body of a snapshot."""
    return Body(name=name, sha256=hashlib.sha256(content).hexdigest(), size=len(content))


def from_file(
    source: Source,
    path: Path,
    *,
    retrieved_at: datetime,
    url: str | None = None,
    scope: Iterable[str] = (),
) -> Fetched:
    """Return a local file as the body `main` of a snapshot taken at `retrieved_at`.

    `url`: where it came from, if that is known. `scope`: the countries it covers, empty for all.
    Raises WrongUse when there is no such file, BadBody when it cannot be read or is larger than a
    body may be.
    """
    if not path.is_file():
        seen = "is a folder" if path.is_dir() else "is not there"
        raise WrongUse(f"{path} {seen}; expected a file of {source.name}. Give its path.")
    size = path.stat().st_size
    if size > BODY_AT_MOST:
        next_step = "Nothing of it was read. Look whether it is the file that you mean."
        raise BadBody(str(path), f"{size:,} bytes", f"at most {BODY_AT_MOST:,}", next_step)
    try:
        content = path.read_bytes()
    except OSError as error:
        seen = f"a file that cannot be read ({error.strerror})"
        next_step = "Nothing was published. Look at its permissions, then run the command again."
        raise BadBody(str(path), seen, f"a file of {source.name}", next_step) from error
    body = body_of(content)
    snapshot = Snapshot(
        source=source.name,
        retrieved_at=utc(retrieved_at),
        bodies=(body,),
        url=shown(url or source.url),
        scope=tuple(sorted(scope)),
    )
    evidence = {
        "kind": "file",
        "file": os.fsencode(path.name).decode(errors="backslashreplace"),
        "sha256": body.sha256,
        "bytes": body.size,
    }
    return Fetched(snapshot=snapshot, contents={body.name: content}, evidence=evidence)
