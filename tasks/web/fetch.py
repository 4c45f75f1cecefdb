"""
Fetch: the bytes of one source, from its publisher or from a file at hand, and how they were had.

Promises: the bodies are what the publisher sent, byte for byte, hashed while they arrived, never
longer than `FetchPolicy.largest`, never half: an answer that breaks off is a `Transient`. Whether
they are what the source publishes (a login page under status 200) is for its parser to judge.
"""

import hashlib
import re
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from pathlib import Path

from schemas.errors import BadBody, ByHand, VaxwatchError, WrongUse
from schemas.limits import BODY_AT_MOST
from schemas.records import Body, Fetched, Missed, Snapshot, utc
from schemas.source import Source
from tasks.web.download import line
from tasks.web.fetch_policy import POLITE, FetchPolicy
from tasks.web.http_status import shown
from tasks.web.snapshot_requests import Asking, CacheLookup, nothing_known

BODY_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,79}")
"""A body's name is a plain word: it may come from outside, and somebody may make a file of it."""


def fetch(
    source: Source,
    *,
    at: datetime,
    url: str | None = None,
    fetch_policy: FetchPolicy = POLITE,
    recall: CacheLookup = nothing_known,
    miss: Callable[[Missed], object] = lambda _: None,
) -> Fetched:
    """
    Return what the publisher serves now, with the evidence of every request.

    A source of one file has one body, `main`; the others are gathered (`source.gather`). Where the
    publisher says that an address still serves what we have (status 304), the body is that one.

    Args:
        source: Whose bodies they are.
        at: The present instant; `retrieved_at` is the whole second it lies in.
        url: Another address than the declared one.
        fetch_policy: How often, how long and in whose name we ask.
        recall: What we know of an address from the last time.
        miss: Called with what there is of a fetch that fails, before its error is raised.

    Raises:
        ByHand: The declared address is a page for people (`source.by_hand`), and no other is given.
        FetchFailed: No whole answer although asked `attempts` times; a later try may work.
        FetchRefused: An answer that will not change: 404, 403, too many redirects, no such scheme.
        BadBody: More than `fetch_policy.largest` bytes, or a body whose name is no plain word.
    """
    if source.by_hand and not url:
        raise ByHand(source.name, source.url, source.by_hand)
    address = url or source.url
    with line(address, fetch_policy) as opened:
        ask = Asking(opened, recall)
        try:
            contents = _gathered(source, ask, address)
        except VaxwatchError as error:
            miss(
                Missed(
                    source=source.name,
                    at=utc(at).replace(microsecond=0),
                    url=shown(address),
                    fault=str(error),
                    requests=ask.told,
                    contents=ask.had,
                )
            )
            raise
    alone = ask.told[0] if source.gather is None else None
    told = {"kind": "http", **alone} if alone else {"kind": "http", "requests": ask.told}
    hashes = {"main": str(alone["sha256"])} if alone else _hashes(contents)
    snapshot = Snapshot(
        source=source.name,
        retrieved_at=utc(at).replace(microsecond=0),
        bodies=tuple(
            Body(name=name, sha256=hashes[name], size=len(content))
            for name, content in contents.items()
        ),
        url=shown(address),
    )
    return Fetched(snapshot=snapshot, contents=contents, evidence=told)


def _gathered(source: Source, ask: Asking, address: str) -> dict[str, bytes]:
    """Return the bodies by name. Raises BadBody for a name that is no plain word, and for none."""
    gathered = source.gather(ask, address) if source.gather else {"main": ask(address)}
    contents = dict(gathered)
    _require_names(source, contents)
    return contents


def _hashes(contents: Mapping[str, bytes]) -> dict[str, str]:
    return {name: hashlib.sha256(content).hexdigest() for name, content in contents.items()}


def _require_names(source: Source, contents: Mapping[str, bytes]) -> None:
    """Refuse a snapshot without bodies, and a body whose name is no plain word."""
    odd = [name for name in contents if not BODY_NAME.fullmatch(name)]
    if odd or not contents:
        raise BadBody(
            source.name,
            f"a body named {odd[0][:80]!r}" if odd else "no body at all",
            "bodies named by letters, digits, '.', '_' and '-'",
            f"No snapshot was made of it. Look at `gather` in tasks/sources/{source.name}.py.",
        )


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
    Raises WrongUse when there is no such file, BadBody when it is larger than a body may be.
    """
    if not path.is_file():
        seen = "is a folder" if path.is_dir() else "is not there"
        raise WrongUse(f"{path} {seen}; expected a file of {source.name}. Give its path.")
    size = path.stat().st_size
    if size > BODY_AT_MOST:
        next_step = "Nothing of it was read. Look whether it is the file that you mean."
        raise BadBody(str(path), f"{size:,} bytes", f"at most {BODY_AT_MOST:,}", next_step)
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
