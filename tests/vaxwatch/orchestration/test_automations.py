from datetime import timedelta
from uuid import UUID

import pytest
from prefect.events.schemas.automations import AutomationCore, EventTrigger

from schemas.errors import UnknownName
from tasks.sources import SOURCES
from vaxwatch.orchestration.automations import SILENCE, automations
from vaxwatch.orchestration.definitions import RUN_ENVIRONMENT
from vaxwatch.orchestration.prefect_file import (
    PREFECT_FILE,
    DeploymentEntry,
    ScheduleEntry,
    deployment_entries,
)


def by_name(notify: UUID | None = None) -> dict[str, AutomationCore]:
    """Return the automations of the repository's own file by name."""
    return {one.name: one for one in automations(deployment_entries(PREFECT_FILE), notify=notify)}


def trigger(one: AutomationCore) -> EventTrigger:
    """Return an automation's trigger, which is one of events."""
    assert isinstance(one.trigger, EventTrigger)
    return one.trigger


def test_every_active_source_has_its_own_patience() -> None:
    """No success and a vintage that stays held are noticed after two cadences of their source."""
    made = by_name()
    for source in SOURCES:
        names = f"vaxwatch: no success of {source.name}", f"vaxwatch: {source.name} is held"
        if source.by_hand or source.ended:
            assert not made.keys() & set(names)
            continue
        assert {trigger(made[name]).within for name in names} == {2 * source.cadence}


def test_a_run_is_dead_after_two_missed_heartbeats() -> None:
    """Runs of other projects on the same server are left alone."""
    dead = trigger(by_name()["vaxwatch: dead run"])
    beat = timedelta(seconds=int(RUN_ENVIRONMENT["PREFECT_FLOWS_HEARTBEAT_FREQUENCY"]))
    assert dead.within == SILENCE
    assert 2 * beat < SILENCE < 3 * beat
    related = dead.model_dump(mode="json")["match_related"]
    assert related == [{"prefect.resource.id": "prefect.tag.vaxwatch"}]


def test_nobody_is_notified_without_a_block() -> None:
    """With one, every automation notifies but for those that crash runs: nobody need act."""
    silent, loud = by_name(), by_name(UUID(int=7))
    kinds = {name: {action.type for action in one.actions} for name, one in silent.items()}
    crash = {name for name, types in kinds.items() if types == {"change-flow-run-state"}}
    assert crash == {"vaxwatch: dead run", "vaxwatch: run that never began"}
    assert {types.pop() for name, types in kinds.items() if name not in crash} == {"do-nothing"}
    for name, one in loud.items():
        if name not in crash:
            assert {action.type for action in one.actions} == {"send-notification"}


def test_a_tag_of_an_unknown_source_is_refused() -> None:
    """A source that was removed leaves no automation that never fires."""
    entry = DeploymentEntry(
        name="old",
        entrypoint="flows/ingest_snapshot.py:ingest_snapshot",
        tags=["source:no_such"],
        schedules=[ScheduleEntry(cron="0 0 * * *")],
    )
    with pytest.raises(UnknownName, match="no_such"):
        automations([entry])
