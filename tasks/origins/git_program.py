"""Runs the program `git` without a shell, a network or the caller's environment.

Promises: read-only; GIT_* variables of the caller are ignored, no remote is contacted (not even for
blobs that a partial clone lacks), no folder above the given one is searched, and replaced objects
are read as they were committed.
"""

import os
import shutil
import subprocess
from pathlib import Path

from schemas.errors import WrongUse

FORBIDDEN = {
    "GIT_ALLOW_PROTOCOL": "none",
    "GIT_NO_LAZY_FETCH": "1",
    "GIT_NO_REPLACE_OBJECTS": "1",
    "GIT_OPTIONAL_LOCKS": "0",
    "GIT_TERMINAL_PROMPT": "0",
    "LC_ALL": "C",
}


def git(repository: Path, *words: str, stdin: bytes = b"") -> bytes:
    """Return what git prints about a repository; `stdin` is its standard input.

    Raises WrongUse: git is not installed, the folder is no repository or belongs to somebody else,
    or git refuses; with its own last words.
    """
    program = shutil.which("git")
    if program is None:
        raise WrongUse(f"{repository}: the program git is not installed; it reads repositories.")
    done = subprocess.run(  # noqa: S603 (no shell; what is from outside stands after --)
        [program, "--literal-pathspecs", "-C", str(repository), *words],
        input=stdin,
        env=_environment(repository),
        capture_output=True,
        check=False,
    )
    if done.returncode:
        raise WrongUse(_refusal(repository, words[0], done.stderr.decode(errors="replace")))
    return done.stdout


def _environment(repository: Path) -> dict[str, str]:
    own = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    return own | FORBIDDEN | {"GIT_CEILING_DIRECTORIES": str(repository.parent)}


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
