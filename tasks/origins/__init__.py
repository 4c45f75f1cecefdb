"""Where older snapshots come from.

Belongs here: the snapshots of a source in a folder, a git repository, a web archive and our own raw
archive, each as a candidate, and how its bytes are read. Does not: which candidates are wanted and
what happens to them (`tasks.pipeline.backfill`).
"""

from collections.abc import Iterable
from datetime import datetime
from typing import Literal, cast, get_args

from schemas.errors import WrongUse
from schemas.records import utc
from tasks.origins import folder, git, wayback
from tasks.origins.candidates import Candidate, archived_candidates, bodies_by_digest
from tasks.origins.folder import time_in_name
from tasks.origins.web_archive import WAYBACK, Archive
from tasks.sources import source_named
from tasks.vault.backends.store import Store

__all__ = ["Archive", "Candidate", "check", "origin_notes", "plan", "time_in_name"]

Kind = Literal["dir", "git", "wayback", "raw"]
FORMS = "dir:PATH, git:REPO:PATH, wayback, wayback:URL, raw"


def plan(
    source: str,
    origin: str,
    *,
    since: datetime | None = None,
    until: datetime | None = None,
    store: Store | None = None,
    archive: Archive = WAYBACK,
) -> list[Candidate]:
    """Return what an origin offers for a source, oldest first.

    `origin`: `dir:PATH`, a folder of dated files; `git:REPO:PATH`, every version of one file in a
    local repository; `wayback` or `wayback:URL`, captures of the source's own or another address;
    `raw`, the lake's raw archive. `since`, `until`: the earliest and the latest `retrieved_at`.
    `store`: the lake; bodies that it has are not downloaded again.

    Raises WrongUse: no such origin, or nothing there that can be read, with what is expected;
    NothingListed, ArchiveAway, FetchFailed: as `captures`.
    """
    first, last = (utc(when) if when else None for when in (since, until))
    kind, place = _parted(source, origin)
    known = bodies_by_digest(store, source) if store and kind in {"git", "wayback"} else {}
    offered: Iterable[Candidate]
    match kind:
        case "dir":
            offered = folder.files(source, place)
        case "git":
            offered = git.versions(place, known)
        case "wayback":
            url = wayback.captured_url(source_named(source), place)
            offered = wayback.found(archive, url, known, since=first, until=last)
        case "raw":
            offered = archived_candidates(store, source) if store else ()
    late = [one for one in offered if first is None or first <= one.retrieved_at]
    wanted = [one for one in late if last is None or one.retrieved_at <= last]
    return sorted(wanted, key=lambda one: one.retrieved_at)


def origin_notes(source: str, origin: str) -> list[str]:
    """Return sentences on what an origin has beside snapshots. Raises WrongUse as `check`."""
    kind, place = _parted(source, origin)
    return folder.passed_over(source, place) if kind == "dir" else []


def check(source: str, origin: str) -> None:
    """Raise WrongUse where an origin cannot work.

    No request is sent, and no history of a repository is read.
    """
    kind, place = _parted(source, origin)
    if kind == "dir":
        folder.files(source, place)
    elif kind == "git":
        git.repository_and_path(place)
    elif kind == "wayback":
        wayback.captured_url(source_named(source), place)


def _parted(source: str, origin: str) -> tuple[Kind, str]:
    kind, colon, place = origin.partition(":")
    is_whole = bool(place) or kind == "wayback" or (kind == "raw" and not colon)
    if kind not in get_args(Kind) or not is_whole or (kind == "raw" and colon):
        raise WrongUse(f"{source}: no origin '{origin}'. There is: {FORMS}.")
    return cast("Kind", kind), place
