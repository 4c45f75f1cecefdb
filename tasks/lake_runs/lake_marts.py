"""The marts of a whole lake: those whose inputs changed are built, or every one."""

from datetime import datetime

from tasks.marts.mart_file import read_mart
from tasks.marts.publish_marts import publish_marts
from tasks.marts.registry import MARTS
from tasks.runs.run_step import StepRunner, run_here
from tasks.steps.build_marts import describe_published
from tasks.summaries.lake_summaries import BuiltMart, MartsSummary
from tasks.vault.backends.read_once import ReadOnce
from tasks.vault.backends.store import Store


def build_marts(
    store: Store, *, at: datetime, from_scratch: bool = False, run_step: StepRunner = run_here
) -> MartsSummary:
    """Build the marts of a lake whose inputs changed, or every one; return what there is now.

    Args:
        store: The lake.
        at: When it is done, UTC.
        from_scratch: Whether to build every mart, and look at no earlier one.
        run_step: Calls a step under its name.

    Raises:
        Damaged: A published file that a mart is made of is not there.
        LostRace: Other writers were faster, again and again.
    """
    lake = ReadOnce(store)
    written = run_step(
        "publish-marts", lambda: publish_marts(lake, at=at, from_scratch=from_scratch)
    )
    run_step("describe-marts", lambda: describe_published(lake, with_marts=True))
    marts = [
        BuiltMart(
            name=mart.name,
            file=mart.file,
            rows=read_mart(lake, mart).height,
            is_written=mart.name in written,
            about=mart.summary,
        )
        for mart in MARTS
    ]
    return MartsSummary(source="marts", lake=store.uri, marts=marts)
