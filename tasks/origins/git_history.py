"""History: the commits of a repository that gave a file other bytes.

They are those which lead to the file as it is now on the default branch, on whatever branch they
were made, as `git log` shows them. Merged work counts from its own commit, and side branches whose
work did not survive are left out. (First parents alone would lose what a publisher's robot pushed
while a person held an older copy and merged it the other way round.)
"""

import os
import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from schemas.errors import WrongUse
from schemas.records import from_epoch

FORBIDDEN = {
    "GIT_ALLOW_PROTOCOL": "none",
    "GIT_NO_LAZY_FETCH": "1",
    "GIT_NO_REPLACE_OBJECTS": "1",
    "GIT_OPTIONAL_LOCKS": "0",
    "GIT_TERMINAL_PROMPT": "0",
    "LC_ALL": "C",
}


@dataclass(frozen=True, slots=True)
class Change:
    """A commit that gave a file other bytes. `blob`: git's name of them. `path`: its name then."""

    commit: str
    at: datetime
    path: str
    blob: str


@dataclass(frozen=True, slots=True)
class _Commit:
    id: str
    at: datetime
    parents: tuple[str, ...]


def changes(repository: Path, path: str) -> list[Change]:
    """Return every change of a file, newest first; where git sees a rename, under older names too.

    The default branch is the one that the remote `origin` names, else HEAD. A commit that deletes
    the file is none. Raises WrongUse: no repository, no commit, a folder instead of a file, a
    shallow clone.
    """
    found: list[Change] = []
    start, name = _tip(repository), path
    while commits := _commits(repository, start, name):
        oldest = commits[-1]
        renamed = _renamed_from(repository, oldest.id, name)
        found += _changes(repository, name, commits, before=(f"{oldest.id}^", renamed))
        if renamed is None:
            break
        start, name = f"{oldest.id}^", renamed
    return found


def _tip(repository: Path) -> str:
    if git(repository, "rev-parse", "--is-shallow-repository").strip() == b"true":
        raise WrongUse(
            f"{repository} is a shallow clone: its history is cut off, and its oldest commit would "
            f"pass for the origin of every file. Fetch the rest: git -C {repository} fetch "
            f"--unshallow"
        )
    remote = ("for-each-ref", "--format=%(objectname)", "refs/remotes/origin/HEAD")
    try:
        output = git(repository, *remote) or git(repository, "rev-parse", "--verify", "HEAD")
        return output.decode().strip()
    except WrongUse as error:
        if "Needed a single revision" in str(error):
            raise WrongUse(f"{repository} has no commit yet on its default branch.") from error
        raise


def _changes(
    repository: Path, path: str, commits: Sequence[_Commit], *, before: tuple[str, str | None]
) -> list[Change]:
    """Return the changes under one name; `before`: where the bytes were before the oldest."""
    commit, renamed = before
    paths = [(one.id, path) for one in commits]
    blobs = _blobs(repository, [*paths, (commit, renamed)] if renamed else paths)
    of = dict(zip((one.id for one in commits), blobs, strict=False))
    found: list[Change] = []
    for one in commits:
        earlier = {of.get(parent) for parent in one.parents}
        if renamed and one is commits[-1]:
            earlier.add(blobs[-1])
        if (blob := of[one.id]) is not None and blob not in earlier:
            found.append(Change(one.id, one.at, path, blob))
    return found


def _commits(repository: Path, start: str, path: str) -> list[_Commit]:
    """Return the commits that touched a path, children first; parents are those among them."""
    words = ("rev-list", "--topo-order", "--timestamp", "--parents", start, "--", path)
    lines = [line.split() for line in git(repository, *words).decode().splitlines()]
    return [
        _Commit(commit, from_epoch(int(seconds)), tuple(parents))
        for seconds, commit, *parents in lines
    ]


def _blobs(repository: Path, paths: Sequence[tuple[str, str]]) -> list[str | None]:
    """Return git's name of the bytes of each path at its commit, None where there is no file."""
    lines = "".join(f"{commit}:{path}\n" for commit, path in paths)
    form = "--batch-check=%(objecttype) %(objectname)"
    output = git(repository, "cat-file", form, stdin=lines.encode(errors="surrogateescape"))
    kinds = [line.split() for line in output.decode(errors="replace").splitlines()]
    if any(kind[0] == "tree" for kind in kinds):
        raise WrongUse(f"{repository}: '{paths[0][1]}' is a folder; expected the path of one file.")
    return [kind[1] if kind[0] == "blob" else None for kind in kinds]


def _renamed_from(repository: Path, commit: str, path: str) -> str | None:
    """Return the name that a file had before this commit renamed it, None when it did not."""
    words = ("diff-tree", "-r", "-z", "--no-commit-id", "--name-status", "-M", "--diff-filter=R")
    output = git(repository, *words, commit).decode(errors="surrogateescape").split("\0")
    return next(
        (old for old, new in zip(output[1::3], output[2::3], strict=False) if new == path), None
    )


def git(repository: Path, *words: str, stdin: bytes = b"") -> bytes:
    """Return what git prints about a repository; `stdin` is its standard input.

    Read-only: GIT_* variables of the caller are ignored, no remote is contacted (not even for blobs
    that a partial clone lacks), no folder above the given one is searched, and replaced objects are
    read as they were committed.

    Raises WrongUse: git is not installed, the folder is no repository or belongs to somebody else,
    or git refuses; with its own last words.
    """
    program = shutil.which("git")
    if program is None:
        raise WrongUse(f"{repository}: the program git is not installed; it reads repositories.")
    own = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    done = subprocess.run(  # noqa: S603 (no shell; what is from outside stands after --)
        [program, "--literal-pathspecs", "-C", str(repository), *words],
        input=stdin,
        env=own | FORBIDDEN | {"GIT_CEILING_DIRECTORIES": str(repository.parent)},
        capture_output=True,
        check=False,
    )
    if done.returncode:
        raise WrongUse(_refusal(repository, words[0], done.stderr.decode(errors="replace")))
    return done.stdout


def _refusal(repository: Path, command: str, message: str) -> str:
    if "dubious ownership" in message:
        return (
            f"{repository} belongs to another user, and git reads no such repository. If you trust "
            f"it: git config --global --add safe.directory {repository}"
        )
    if "not a git repository" in message:
        return (
            f"{repository} is no git repository; expected the top folder of a clone, or a bare "
            f"repository. Clone it first: git clone --bare URL {repository}"
        )
    if "protocol" in message or "transport" in message or "lazy fetch" in message:
        return (
            f"{repository} is a partial clone without the bytes that are asked for, and nothing is "
            f"downloaded here. Clone it whole: git clone --bare URL FOLDER"
        )
    last = next((line for line in reversed(message.splitlines()) if line.strip()), "no word")
    return f"{repository}: git {command} did not work ({last.strip()}). Try git fsck on it."
