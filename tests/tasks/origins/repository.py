"""A real git repository, made by git."""

import os
import subprocess
from pathlib import Path

from schemas.records import Fetched
from tasks.origins import plan
from tasks.origins.candidates import Candidate
from tasks.vault.backends.memory_store import MemoryStore
from tasks.vault.times import instant
from tests.tasks.origins.allocated import SOURCE

PLAIN = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}


def run(folder: Path, *words: str, **environment: str) -> str:
    """Run git in a folder, with nobody's configuration."""
    nobody = {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1"}
    done = subprocess.run(
        ["git", *words],
        cwd=folder,
        env=PLAIN | nobody | environment,
        capture_output=True,
        check=True,
        text=True,
    )
    return done.stdout.strip()


class Repository:
    """A working copy whose commits have the times that a test says."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir()
        self.folder = folder
        self.git("init", "--quiet", "--initial-branch=main")
        self.git("config", "user.name", "Robot")
        self.git("config", "user.email", "robot@example.org")

    def git(self, *words: str, day: str = "2022-01-01") -> str:
        """Run git here; what it commits is of noon of a day."""
        seconds = f"{instant(day).timestamp() + 43_200:.0f} +0000"
        dates = {"GIT_COMMITTER_DATE": seconds, "GIT_AUTHOR_DATE": "2001-01-01T00:00:00Z"}
        return run(self.folder, *words, **dates)

    def commit(self, day: str, **files: bytes | None) -> str:
        """Write or delete files, commit them, and return the commit; `__` stands for `.`."""
        for name, content in files.items():
            path = self.folder / name.replace("__", ".")
            if content is None:
                path.unlink()
            else:
                path.write_bytes(content)
        self.git("add", "--all")
        self.git("commit", "--quiet", "--allow-empty", "-m", day, day=day)
        return self.git("rev-parse", "HEAD")

    def merge(self, day: str, branch: str, *words: str) -> None:
        """Merge a branch, always by a commit of its own."""
        self.git("merge", "--quiet", "--no-ff", "-m", f"merge {branch}", *words, branch, day=day)


def offered(folder: Path, path: str = "a.csv", store: MemoryStore | None = None) -> list[Candidate]:
    """Return what the repository offers."""
    return plan(SOURCE.name, f"git:{folder}:{path}", store=store)


def brought(candidate: Candidate) -> Fetched:
    """Return a candidate with its bytes."""
    return candidate.bring(SOURCE, MemoryStore())


def days(candidates: list[Candidate]) -> list[str]:
    """Return the days of candidates."""
    return [f"{one.retrieved_at:%m-%d}" for one in candidates]


def doses(candidates: list[Candidate]) -> list[int]:
    """Return the figure of each candidate."""
    bodies = [brought(one).contents["main"] for one in candidates]
    return [int(body.decode().strip().rpartition(",")[2]) for body in bodies]
