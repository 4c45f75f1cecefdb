"""
Origins: where older snapshots come from, and when they were had.

Promises: every candidate names a file inside the origin and the instant at which the archive had
it; candidates come in the order of time. Only `dir:PATH` is built.
"""

import json
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from schemas.errors import WrongUse
from schemas.records import utc

BUILT = ("dir",)
MANIFEST = "_manifest.json"
DAY = re.compile(r"(\d{4})-(\d{2})-(\d{2})(?!\d)")
INSTANT = re.compile(r"(\d{4})(\d{2})(\d{2})T(\d{2})(\d{2})(\d{2})Z")


@dataclass(frozen=True, kw_only=True, slots=True)
class Candidate:
    """
    A snapshot that an origin offers.

    `url`: where the archive says it is from, None when it does not say. `scope`: the countries
    (ISO 3166-1 alpha-3) it speaks for; empty means all.
    """

    path: Path
    retrieved_at: datetime
    url: str | None = None
    scope: tuple[str, ...] = ()


def plan(
    source: str, origin: str, *, since: datetime | None = None, until: datetime | None = None
) -> list[Candidate]:
    """
    Return what an origin offers for a source, oldest first.

    `dir:PATH` is a folder of files, one a snapshot. Where it has a `_manifest.json`, the files are
    those which that lists, each with its `committed_at`; a file without one, and any file of a
    folder without manifest, has the date or instant at the beginning of its name.

    Args:
        source: Whose snapshots they are, for messages.
        origin: Kind and place, such as `dir:./archive`.
        since: Nothing that was had before this instant.
        until: Nothing that was had after this instant.

    Raises:
        WrongUse: No such origin, no such folder, a manifest that cannot be read, or a file whose
            time nobody says.
    """
    kind, colon, place = origin.partition(":")
    if kind not in BUILT or not colon or not place:
        built = ", ".join(f"{name}:PATH" for name in BUILT)
        raise WrongUse(f"{source}: no origin '{origin}'. There is: {built}.")
    folder = Path(place)
    if not folder.is_dir():
        raise WrongUse(f"{source}: origin '{origin}' is no folder; expected one with snapshots.")
    offered = sorted(_offered(source, folder), key=lambda one: (one.retrieved_at, one.path.name))
    return [
        one
        for one in offered
        if (since is None or utc(since) <= one.retrieved_at)
        and (until is None or one.retrieved_at <= utc(until))
    ]


def time_in_name(name: str) -> datetime | None:
    """
    Return the instant with which a file's name begins, None when it begins otherwise.

    >>> time_in_name("2022-02-10__kept_by_somebody.csv").isoformat()
    '2022-02-10T00:00:00+00:00'
    >>> time_in_name("20220622T060000Z-1a2b3c4d.csv").isoformat()
    '2022-06-22T06:00:00+00:00'
    >>> time_in_name("data_2022.csv"), time_in_name("2022-13-45.csv")
    (None, None)
    """
    found = INSTANT.match(name) or DAY.match(name)
    try:
        return datetime(*map(int, found.groups()), tzinfo=UTC) if found else None
    except ValueError:
        return None


def dated(source: str, path: Path) -> datetime:
    """Return the time with which a file's name begins. Raises WrongUse when it begins otherwise."""
    when = time_in_name(path.name)
    if when is None:
        raise WrongUse(
            f"{source}: nobody says when {path} was had; expected committed_at in {MANIFEST} or a "
            f"name that begins with YYYY-MM-DD. Give it by hand: vaxwatch ingest {source} "
            f"--file {path} --retrieved-at TIME"
        )
    return when


def _offered(source: str, folder: Path) -> list[Candidate]:
    manifest = folder / MANIFEST
    if manifest.is_file():
        return _listed(source, manifest)
    files = [path for path in sorted(folder.iterdir()) if path.is_file()]
    named = [path for path in files if not path.name.startswith((".", "_"))]
    return [Candidate(path=path, retrieved_at=dated(source, path)) for path in named]


def _listed(source: str, manifest: Path) -> list[Candidate]:
    try:
        document: dict[str, Any] = json.loads(manifest.read_bytes())
        scope = tuple(document.get("scope", ()))
        return [_entry(source, manifest, entry, scope) for entry in document["versions"]]
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise WrongUse(
            f"{source}: {manifest} cannot be read ({type(error).__name__}: {error}); expected "
            f'{{"versions": [{{"file": …, "committed_at": …}}]}}. Mend or remove it.'
        ) from error


def _entry(source: str, manifest: Path, entry: dict[str, Any], scope: tuple[str, ...]) -> Candidate:
    name: str = entry["file"]
    path = manifest.parent / name
    if Path(name).name != name or not path.is_file():
        raise WrongUse(
            f"{source}: {manifest} lists '{name}'; expected the name of a file in that folder. "
            f"Mend the manifest or bring the file."
        )
    said = entry.get("committed_at")
    return Candidate(
        path=path,
        retrieved_at=utc(datetime.fromisoformat(said)) if said else dated(source, path),
        url=entry.get("source_url"),
        scope=tuple(entry.get("scope", scope)),
    )
