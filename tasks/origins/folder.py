"""Snapshots saved as files directly inside a folder, `dir:PATH`."""

import json
import re
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, cast

from schemas.errors import BadBody, WrongUse
from schemas.records import Fetched, Snapshot, utc
from schemas.source import Source
from tasks.origins.file_names import MANIFEST, NO_SNAPSHOT, time_in_name, why_not
from tasks.vault.backends.store import Store
from tasks.web.fetch import from_file

NOT_LISTED = f"not in {MANIFEST}"
SHOWN = 5
ISO3 = re.compile(r"[A-Z]{3}")


@dataclass(frozen=True, kw_only=True, slots=True)
class FileAtHand:
    """A file.

    `url`: where the folder's manifest says it is from, None when it does not say. `scope`: the
    countries (ISO 3166-1 alpha-3) it covers; empty means all.
    """

    path: Path
    retrieved_at: datetime
    url: str | None = None
    scope: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """The file's name."""
        return self.path.name

    def snapshot(self, source: Source) -> Snapshot | None:
        """Return the snapshot that it is: a file at hand is read for that, unless too large."""
        try:
            return self._taken(source).snapshot
        except (BadBody, WrongUse):
            return None

    def bring(self, source: Source, store: Store) -> Fetched:
        """Return the snapshot with its bytes."""
        del store
        return self._taken(source)

    def _taken(self, source: Source) -> Fetched:
        return from_file(
            source, self.path, retrieved_at=self.retrieved_at, url=self.url, scope=self.scope
        )


def files(source: str, place: str) -> list[FileAtHand]:
    """Return the files of a folder that are snapshots, by name.

    Where it has a `_manifest.json`, the files are those which that lists (as `versions` of an
    object, or as a list alone), each with its `committed_at`; a file without one, and any file of a
    folder without manifest, has the date or instant at the beginning of its name. What else stands
    in the folder is passed over (`passed_over`). Raises WrongUse: no such folder, or one that
    cannot be read, as its manifest cannot; no file with a time.
    """
    folder, found = Path(place), _in_folder(source, place)
    if MANIFEST in found:
        return sorted(_listed(source, folder / MANIFEST), key=lambda one: one.name)
    timed = [name for name in found if not why_not(source, folder / name)]
    if not timed:
        for name in found:
            if not name.startswith(NO_SNAPSHOT) and (folder / name).is_file():
                time_in_name(source, folder / name)
    return [
        FileAtHand(path=folder / name, retrieved_at=time_in_name(source, folder / name))
        for name in timed
    ]


def passed_over(source: str, place: str) -> list[str]:
    """Return sentences on the files of a folder that are no snapshots, by the reason."""
    folder, reasons = Path(place), dict[str, list[str]]()
    listed = {one.name for one in files(source, place)}
    for name in _in_folder(source, place):
        if name in listed or name == MANIFEST:
            continue
        reasons.setdefault(why_not(source, folder / name) or NOT_LISTED, []).append(name)
    return [
        f"{source}: passed over in {folder}: {', '.join(names[:SHOWN])}"
        f"{f' and {len(names) - SHOWN} more' if len(names) > SHOWN else ''} ({reason})."
        for reason, names in reasons.items()
    ]


def _in_folder(source: str, place: str) -> list[str]:
    """Return the names of all that stands in a folder, in their order. Raises WrongUse."""
    folder = Path(place)
    if not folder.is_dir():
        raise WrongUse(f"{source}: origin 'dir:{place}' is no folder; expected one with snapshots.")
    try:
        return sorted(path.name for path in folder.iterdir())
    except OSError as error:
        raise WrongUse(
            f"{source}: the folder {folder} cannot be read ({error.strerror}); expected one with "
            f"snapshots. Look at its permissions."
        ) from error


def _listed(source: str, manifest: Path) -> list[FileAtHand]:
    try:
        value: Any = json.loads(manifest.read_bytes())
        document: dict[str, Any] = {"versions": value} if isinstance(value, list) else value
        scope = document.get("scope", [])
        return [_entry(source, manifest, entry, scope) for entry in document["versions"]]
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise WrongUse(
            f"{source}: {manifest} cannot be read ({type(error).__name__}: {error}); expected "
            f'{{"versions": [{{"file": …, "committed_at": …}}]}}, or that list alone. '
            f"Mend or remove it."
        ) from error


def _entry(source: str, manifest: Path, entry: dict[str, Any], scope: object) -> FileAtHand:
    name: str = entry["file"]
    path = manifest.parent / name
    if Path(name).name != name or not path.is_file():
        raise WrongUse(
            f"{source}: {manifest} lists '{name}'; expected the name of a file in that folder. "
            f"Mend the manifest or bring the file."
        )
    value, url = entry.get("committed_at"), entry.get("source_url")
    if not isinstance(url, str | None):
        raise TypeError(f"source_url is {url!r}, which is no text")
    return FileAtHand(
        path=path,
        retrieved_at=utc(datetime.fromisoformat(value)) if value else time_in_name(source, path),
        url=url,
        scope=_scope(entry.get("scope", scope)),
    )


def _scope(written: object) -> tuple[str, ...]:
    """Return a list of countries. Raises ValueError for anything else."""
    countries = cast("list[object]", written) if isinstance(written, list) else [written]
    codes = tuple(one for one in countries if isinstance(one, str) and ISO3.fullmatch(one))
    if not isinstance(written, list) or len(codes) < len(countries):
        raise ValueError(f"scope is {written!r}; expected a list of ISO 3166-1 alpha-3 codes")
    return codes
