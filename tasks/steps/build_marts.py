"""Marts in the pipeline: after each run those whose inputs changed, and all of them on request."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from schemas.errors import VaxwatchError
from schemas.versions import MART_VERSIONS
from tasks.catalog.lake_package import OTHER_FILES, describe_files
from tasks.marts.mart_file import read_mart
from tasks.marts.publish_marts import publish_marts
from tasks.marts.registry import MARTS
from tasks.runs.run_context import RunContext
from tasks.runs.run_step import StepRunner, run_here
from tasks.vault.backends.open_store import open_store
from tasks.vault.backends.read_once import ReadOnce
from tasks.vault.backends.store import Store


@dataclass(frozen=True, kw_only=True, slots=True)
class MartsSummary:
    """What a building of marts did. `rows`: of every mart, by name. `written`: those built now."""

    lake: str
    rows: dict[str, int]
    written: list[str]

    def document(self) -> dict[str, Any]:
        """Return the summary as JSON values, in the shape of `vaxwatch marts --json`."""
        marts = [
            {
                "mart": mart.name,
                "path": f"{self.lake.rstrip('/')}/{mart.file}",
                "rows": self.rows[mart.name],
                "written": mart.name in self.written,
                "about": mart.summary,
            }
            for mart in MARTS
        ]
        return {"lake": self.lake, "marts": marts}


def marts_in(
    lake: str, *, at: datetime, from_scratch: bool = False, run_step: StepRunner = run_here
) -> MartsSummary:
    """Build the marts of a lake whose inputs changed, or every one; return what there is now.

    Args:
        lake: A folder or s3://bucket/prefix.
        at: When it is done, UTC.
        from_scratch: Whether to build every mart, and look at no earlier one.
        run_step: Calls a step under its name.

    Raises:
        Damaged: A published file that a mart is made of is not there.
        LostRace: Other writers were faster, again and again.
    """
    store = ReadOnce(open_store(lake))
    written = run_step(
        "publish-marts", lambda: publish_marts(store, at=at, from_scratch=from_scratch)
    )
    describe_published(store, with_marts=True)
    rows = {mart.name: read_mart(store, mart).height for mart in MARTS}
    return MartsSummary(lake=lake, rows=rows, written=written)


def describe_published(store: Store, *, with_marts: bool) -> None:
    """Bring the sections of alerts, reference tables and marts in the data package up to date.

    Raises LostRace.
    """
    marts = {mart.file: MART_VERSIONS[mart.name] for mart in MARTS} if with_marts else {}
    describe_files(store, {**OTHER_FILES, **marts})


def mart_notes(run: RunContext) -> list[str]:
    """Build the marts whose inputs this run changed; return a sentence where that failed.

    It is no reason to fail a run that has published everything.
    """
    if not run.build_marts:
        return []
    try:
        run.run_step("publish-marts", lambda: publish_marts(run.store, [run.vault], at=run.at))
    except VaxwatchError as error:
        return [f"The marts were not brought up to date: {error} Then run `vaxwatch marts`."]
    return []
