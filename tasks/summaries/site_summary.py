"""The run summary of a rendering of the site."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from tasks.runs.run_states import PUBLISHED, UNCHANGED
from tasks.site.addresses import FOLDER, FRONT
from tasks.summaries.run_summary import RunSummary, counted


@dataclass(frozen=True, kw_only=True)
class SiteSummary(RunSummary):
    """What a rendering did. `source` is 'site'.

    `files_of_site`: how many the site has. `written`, `removed`: how many by this run.
    """

    lake: str
    files_of_site: int = 0
    written: int = 0
    removed: int = 0

    @property
    def front(self) -> str:
        """Where the front page is."""
        return f"{self.lake.rstrip('/')}/{FOLDER}/{FRONT}"

    @property
    def state_name(self) -> str:
        """The name of the state in which the run ends."""
        return PUBLISHED if self.written or self.removed else UNCHANGED

    @property
    def files(self) -> Sequence[tuple[str, str]]:
        """The front page, where something changed."""
        return [("front page", f"{FOLDER}/{FRONT}")] if self.written else []

    def numbers(self) -> dict[str, int]:
        """Return how many files the site has, and how many were written and removed."""
        found = {"files": self.files_of_site, "written": self.written, "removed": self.removed}
        return {name: number for name, number in found.items() if number}

    def counts(self) -> list[str]:
        """Return how many files were written and removed."""
        removed = [f"{self.removed:,} removed"] if self.removed else []
        return [f"{counted(self.written, 'file')} written", *removed]

    def document(self) -> dict[str, Any]:
        """Return the summary as JSON values, in the shape of `vaxwatch site --json`."""
        return {
            "lake": self.lake,
            "front": self.front,
            "files": self.files_of_site,
            "written": self.written,
            "removed": self.removed,
        }
