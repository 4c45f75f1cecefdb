"""Git: every version of one file in a local clone or a bare repository, `git:REPO:PATH`.

Promises: a version is a commit that gave the file other bytes (see `history` for which those are),
its time is the commit's, and its bytes are those committed: no line end is converted. Planning
reads names and times only; bytes are read one version at a time.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path, PurePosixPath

from schemas.errors import BadBody, WrongUse
from schemas.limits import BODY_AT_MOST
from schemas.records import Body, Fetched, Snapshot
from schemas.source import Source
from tasks.origins.candidates import archived_under, from_lake, main_body, single
from tasks.origins.git_history import Change, changes
from tasks.origins.git_program import git
from tasks.vault.backends.store import Store
from tasks.web.http_status import shown

POINTER = b"version https://git-lfs.github.com/spec/"


@dataclass(frozen=True, kw_only=True, slots=True)
class Version:
    """The file as one commit left it.

    `url`: the repository's address, None when it has none.
    `twin`: when the same bytes were there before. `body`: what the lake knows them as.
    """

    repository: Path
    change: Change
    url: str | None = None
    twin: datetime | None = None
    body: Body | None = None

    @property
    def name(self) -> str:
        """The path at that commit."""
        return f"{self.change.path}@{self.change.commit[:12]}"

    @property
    def retrieved_at(self) -> datetime:
        """When it was committed."""
        return self.change.at

    @property
    def digest(self) -> str:
        """The blob, as the evidence has it."""
        return f"git:{self.change.blob}"

    def snapshot(self, source: Source) -> Snapshot | None:
        """Return the snapshot, None where the lake has not seen these bytes."""
        return self._as(source, self.body) if self.body else None

    def bring(self, source: Source, store: Store) -> Fetched:
        """Return the snapshot with its bytes.

        Raises BadBody: they are too many, or are kept elsewhere (Git LFS); WrongUse: git refuses.
        """
        times = (self.retrieved_at, *((self.twin,) if self.twin else ()))
        body = self.body or archived_under(store, source.name, self.digest, times)
        if body is not None:
            return from_lake(store, self._as(source, body), self._evidence(body))
        content = _content(self)
        body = main_body(content)
        return Fetched(
            snapshot=self._as(source, body),
            contents={body.name: content},
            evidence=self._evidence(body),
        )

    def _as(self, source: Source, body: Body) -> Snapshot:
        url = self.url or shown(source.url)
        return single(source.name, body, retrieved_at=self.retrieved_at, url=url)

    def _evidence(self, body: Body) -> dict[str, str | int]:
        return {
            "kind": "git",
            "repository": self.url or self.repository.name,
            "commit": self.change.commit,
            "path": self.change.path,
            "digest": self.digest,
            "sha256": body.sha256,
            "bytes": body.size,
        }


def repository_and_path(place: str) -> tuple[Path, str]:
    """Return the two halves of REPO:PATH.

    Raises WrongUse: a half is missing, REPO is no folder, PATH leads out of the repository.

    >>> repository_and_path(".:./data/a.csv")[1]
    'data/a.csv'
    """
    repository, colon, path = place.partition(":")
    expected = "expected git:REPO:PATH, such as git:./covid-19-data:public/data/vaccinations.csv"
    if not (repository and colon and path):
        raise WrongUse(f"Origin 'git:{place}': seen no repository and path; {expected}.")
    if repository.startswith("-") or not Path(repository).is_dir():
        raise WrongUse(
            f"Origin 'git:{place}': '{repository}' is no folder; {expected}, with a clone or a "
            f"bare repository on this machine. Clone it first: git clone --bare URL FOLDER"
        )
    inside = PurePosixPath(path)
    if inside.is_absolute() or ".." in inside.parts or not inside.parts or set("\n\0") & set(path):
        raise WrongUse(
            f"Origin 'git:{place}': '{path}' is no path inside the repository; {expected}."
        )
    return Path(repository).resolve(), str(inside)


def versions(place: str, bodies_by_digest: Mapping[str, Body]) -> list[Version]:
    """Return every version of a file, newest first; `bodies_by_digest`: the bodies in the lake.

    Raises WrongUse: no repository, a shallow one, no such file.
    """
    repository, path = repository_and_path(place)
    found = changes(repository, path)
    if not found:
        raise WrongUse(
            f"{repository}: no commit of the default branch has a file '{path}'. See what it has: "
            f"git -C {repository} ls-tree -r --name-only HEAD"
        )
    url = _address(repository)
    last: dict[str, datetime] = {}
    named: list[Version] = []
    for change in reversed(found):
        version = Version(repository=repository, change=change, url=url, twin=last.get(change.blob))
        named.append(replace(version, body=bodies_by_digest.get(version.digest)))
        last[change.blob] = change.at
    return named[::-1]


def _address(repository: Path) -> str | None:
    """Return the address of the remote `origin` without user and password; None for a folder."""
    listed = git(repository, "config", "--local", "--list", "-z").decode(errors="replace")
    settings = dict(entry.split("\n", 1) for entry in listed.split("\0") if "\n" in entry)
    url = settings.get("remote.origin.url", "")
    return shown(url) if "://" in url and not url.startswith("file:") else None


def _content(version: Version) -> bytes:
    repository, where = version.repository, f"{version.repository}: {version.name}"
    size = int(git(repository, "cat-file", "-s", version.change.blob))
    if size > BODY_AT_MOST:
        seen, most = f"{size:,} bytes", f"{BODY_AT_MOST:,} at most"
        raise BadBody(where, seen, most, "Nothing of it was kept. Look whether this is the file.")
    content = git(repository, "cat-file", "blob", version.change.blob)
    if content.startswith(POINTER):
        raise BadBody(
            where,
            "a Git LFS pointer",
            "the bytes of the file",
            "They are not in the repository; fetch them with git lfs, and use dir:PATH.",
        )
    return content
