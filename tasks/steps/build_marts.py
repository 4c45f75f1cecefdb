"""Marts in the pipeline: after each run those whose inputs changed."""

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from schemas.errors import VaxwatchError
from schemas.versions import MART_VERSIONS
from tasks.catalog.lake_package import OTHER_FILES, describe_files
from tasks.marts.publish_marts import publish_marts
from tasks.marts.registry import MARTS
from tasks.vault.backends.store import Store
from tasks.vault.vault_reader import VaultReader

if TYPE_CHECKING:  # it imports what fetches pages, which the site does without
    from tasks.runs.run_context import RunContext


def describe_published(store: Store, *, with_marts: bool) -> None:
    """Bring the sections of alerts, reference tables and marts in the data package up to date.

    Raises LostRace.
    """
    marts = {mart.file: MART_VERSIONS[mart.name] for mart in MARTS} if with_marts else {}
    describe_files(store, {**OTHER_FILES, **marts})


def mart_notes(run: "RunContext") -> list[str]:
    """Build the marts whose inputs this run changed; return a sentence where that failed.

    It is no reason to fail a run that has published everything.
    """
    if not run.build_marts:
        return []
    return run.run_step(
        "publish-marts", lambda: follow_with_marts(run.store, at=run.at, vaults=[run.vault])
    )


def follow_with_marts(
    store: Store, *, at: datetime, vaults: Sequence[VaultReader] = ()
) -> list[str]:
    """Build the marts whose inputs have changed; return a sentence where that failed.

    `at`: the time of the run, UTC. `vaults`: those that may have changed, on their newest commits;
    without one those of all sources are looked at.
    """
    try:
        publish_marts(store, vaults, at=at)
    except VaxwatchError as error:
        return [f"The marts were not brought up to date: {error} Then run `vaxwatch marts`."]
    return []
