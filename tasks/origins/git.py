"""Git: every version of one file in a local clone or a bare repository, `git:REPO:PATH`.

The bytes are those committed: no line end is converted. Planning reads names and times only.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path, PurePosixPath

from schemas.errors import BadBody, WrongUse
from schemas.limits import BODY_AT_MOST
from schemas.records import Body, Fetched, Snapshot
from schemas.source import Source
from tasks.origins.candidates import archived_under, from_lake
from tasks.origins.git_history import Change, changes, git
from tasks.raw.body_reader import BodyReader
from tasks.vault.backends.store import Store
from tasks.web.fetch import body_of
from tasks.web.http_status import shown

POINTER = b"version https://git-lfs.github.com/spec/"


@dataclass(frozen=True, kw_only=True, slots=True)
class Version:
    """The file as one commit left it; `name` is the path at that commit.

    `digest`: the blob, as the evidence has it. `url`: the repository's address, None when it has
    none. `twin`: when the same bytes were there before. `body`: what the lake knows them as.
    """

    name: str
    retrieved_at: datetime
    digest: str
    repository: Path
    change: Change
    url: str | None
    twin: datetime | None
    body: Body | None

    def snapshot(self, source: Source) -> Snapshot | None:
        """Return the snapshot, None where the lake has not seen these bytes."""
        return self._as(source, self.body) if self.body else None

    def bring(self, source: Source, store: Store) -> Fetched:
        """Return the snapshot with its bytes.

        Raises BadBody: they are too many, or are kept elsewhere (Git LFS); WrongUse: git refuses.
        """
        times = (self.retrieved_at, self.twin)
        body = self.body or archived_under(store, source.name, self.digest, *times)
        if body is not None:
            return from_lake(BodyReader(store), self._as(source, body), self._evidence(body))
        content = _content(self)
        body = body_of(content)
        snapshot, evidence = self._as(source, body), self._evidence(body)
        return Fetched(snapshot=snapshot, contents={body.name: content}, evidence=evidence)

    def _as(self, source: Source, body: Body) -> Snapshot:
        url, at = self.url or shown(source.url), self.retrieved_at
        return Snapshot(source=source.name, retrieved_at=at, bodies=(body,), url=url)

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
    listed = git(repository, "config", "--local", "--list", "-z").decode(errors="replace")
    settings = dict(entry.split("\n", 1) for entry in listed.split("\0") if "\n" in entry)
    remote = settings.get("remote.origin.url", "")
    url = shown(remote) if "://" in remote and not remote.startswith("file:") else None
    last: dict[str, datetime] = {}
    named: list[Version] = []
    for change in reversed(found):
        digest = f"git:{change.blob}"
        version = Version(
            name=f"{change.path}@{change.commit[:12]}",
            retrieved_at=change.at,
            digest=digest,
            repository=repository,
            change=change,
            url=url,
            twin=last.get(change.blob),
            body=bodies_by_digest.get(digest),
        )
        named.append(version)
        last[change.blob] = change.at
    return named[::-1]


def _content(version: Version) -> bytes:
    repository, where = version.repository, f"{version.repository}: {version.name}"
    size = int(git(repository, "cat-file", "-s", version.change.blob))
    if size > BODY_AT_MOST:
        seen, most = f"{size:,} bytes", f"{BODY_AT_MOST:,} at most"
        raise BadBody(where, seen, most, "Nothing of it was kept. Look whether this is the file.")
    content = git(repository, "cat-file", "blob", version.change.blob)
    if content.startswith(POINTER):
        elsewhere = "They are not in the repository; fetch them with git lfs, and use dir:PATH."
        raise BadBody(where, "a Git LFS pointer", "the bytes of the file", elsewhere)
    return content
