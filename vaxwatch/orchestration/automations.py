"""Automations as code: which runs are given up, and what people are notified of.

They match runs by tag (`vaxwatch`, `source:<name>`), so that one server may have other flows, and a
run counts whoever started it. Without a notification block an automation is only an event.
"""

from collections.abc import Iterable
from datetime import timedelta
from typing import Any, Final
from uuid import UUID

from prefect.client.schemas.objects import StateType
from prefect.events.actions import ChangeFlowRunState, DoNothing, SendNotification
from prefect.events.schemas.automations import AutomationCore, EventTrigger, Posture

from tasks.runs.run_states import BLOCKED, FAILED, HELD, PUBLISHED, WITH_QUARANTINE
from tasks.sources import source_named
from vaxwatch.display import span
from vaxwatch.orchestration.prefect_file import DeploymentEntry

TAG: Final = "vaxwatch"
"""The tag of every deployment, and so of its runs."""
SILENCE: Final = timedelta(seconds=75)
"""A run that has missed two heartbeats is dead; the next one begins within two minutes."""
START: Final = timedelta(minutes=10)
"""How long a run may report nothing after a worker has taken it."""
CADENCES: Final = 2
STATES: Final = "prefect.flow-run."
ANY_STATE: Final = f"{STATES}*"
RUN: Final[dict[str, str | list[str]]] = {"prefect.resource.id": f"{STATES}*"}


def automations(
    entries: Iterable[DeploymentEntry], *, notify: UUID | None = None
) -> list[AutomationCore]:
    """Return the automations for the deployments of a file.

    Args:
        entries: The deployments; those with a tag `source:<name>` and an active schedule get
            automations of their own, as long as their source's cadence demands.
        notify: The id of a notification block; None: nobody is notified.

    Raises:
        UnknownName: A tag names a source that is not declared.
    """
    made = [
        _dead_runs(),
        _stuck_runs(),
        _needs_attention(
            "quarantine or contract broken",
            "Rows wait in quarantine, or a page no longer has the form that its source declares: "
            "vaxwatch quarantine list.",
            tags=("ingest", "ingest-all", "backfill", "rebuild", "replay"),
            states=(WITH_QUARANTINE, BLOCKED),
            notify=notify,
        ),
        _needs_attention(
            "dead letters",
            "Alerts could not be delivered: vaxwatch deliver --dry-run.",
            tags=("deliver",),
            states=(HELD, FAILED),
            notify=notify,
        ),
        _needs_attention(
            "problems of the lake",
            "The lake has problems, or sources are overdue: vaxwatch status, vaxwatch verify.",
            tags=("maintain",),
            states=(HELD, FAILED),
            notify=notify,
        ),
    ]
    for entry in entries:
        source = _source(entry)
        if source and entry.schedules and not entry.is_off:
            made += [_no_success(source, notify), _held(source, notify)]
    return made


def _dead_runs() -> AutomationCore:
    return AutomationCore(
        name="vaxwatch: dead run",
        description=f"A run that sends no heartbeat for {SILENCE.seconds} seconds is marked "
        f"Crashed, which frees its place. What it published is published; the next run does the "
        f"rest.",
        trigger=EventTrigger(
            posture=Posture.Proactive,
            match=RUN,
            match_related=_tagged(TAG),
            for_each={"prefect.resource.id"},
            after={f"{STATES}heartbeat"},
            expect={ANY_STATE},
            within=SILENCE,
        ),
        actions=[_crash("It sends no heartbeat any more.")],
        tags=[TAG],
    )


def _stuck_runs() -> AutomationCore:
    return AutomationCore(
        name="vaxwatch: run that never began",
        description=f"A run that was taken by a worker and reports nothing for "
        f"{START.seconds // 60} minutes is marked Crashed.",
        trigger=EventTrigger(
            posture=Posture.Proactive,
            match=RUN,
            match_related=_tagged(TAG),
            for_each={"prefect.resource.id"},
            after={f"{STATES}{name}" for name in ("Pending", "Submitting")},
            expect={ANY_STATE},
            within=START,
        ),
        actions=[_crash("It was taken by a worker and never began.")],
        tags=[TAG],
    )


def _needs_attention(
    name: str, description: str, *, tags: Iterable[str], states: Iterable[str], notify: UUID | None
) -> AutomationCore:
    """Return an automation for runs with one of some tags that end in one of some states."""
    return AutomationCore(
        name=f"vaxwatch: {name}",
        description=description,
        trigger=EventTrigger(
            posture=Posture.Reactive,
            match=RUN,
            match_related=[*_tagged(TAG), _tagged_one_of(tags)],
            expect={f"{STATES}{state}" for state in states},
        ),
        actions=_notification(notify) or [DoNothing()],
        tags=[TAG],
    )


def _no_success(source: str, notify: UUID | None) -> AutomationCore:
    patience = CADENCES * source_named(source).cadence
    return AutomationCore(
        name=f"vaxwatch: no success of {source}",
        description=f"No run of {source} ended well for {span(patience)}, twice its cadence.",
        trigger=EventTrigger(
            posture=Posture.Proactive,
            match=RUN | {"prefect.state-type": "COMPLETED"},
            match_related=_tagged(f"source:{source}", "ingest"),
            expect={ANY_STATE},
            within=patience,
        ),
        actions=_notification(notify) or [DoNothing()],
        tags=[TAG, f"source:{source}"],
    )


def _held(source: str, notify: UUID | None) -> AutomationCore:
    patience = CADENCES * source_named(source).cadence
    return AutomationCore(
        name=f"vaxwatch: {source} is held",
        description=f"A vintage of {source} is held, and none was published for {span(patience)}: "
        f"vaxwatch quarantine release {source} ID, or wait for the next one.",
        trigger=EventTrigger(
            posture=Posture.Proactive,
            match=RUN,
            match_related=_tagged(f"source:{source}"),
            after={f"{STATES}{HELD}"},
            expect={f"{STATES}{name}" for name in (PUBLISHED, WITH_QUARANTINE)},
            within=patience,
        ),
        actions=_notification(notify) or [DoNothing()],
        tags=[TAG, f"source:{source}"],
    )


def _tagged(*tags: str) -> list[Any]:
    return [{"prefect.resource.id": f"prefect.tag.{tag}"} for tag in tags]


def _tagged_one_of(tags: Iterable[str]) -> Any:
    return {"prefect.resource.id": [f"prefect.tag.{tag}" for tag in tags]}


def _crash(why: str) -> ChangeFlowRunState:
    return ChangeFlowRunState(state=StateType.CRASHED, name="Crashed", message=why, force=False)


def _notification(notify: UUID | None) -> list[Any]:
    if notify is None:
        return []
    body = "{{ automation.description }}\n{{ flow_run.name }}\n{{ flow_run|ui_url }}"
    return [SendNotification(block_document_id=notify, subject="{{ automation.name }}", body=body)]


def _source(entry: DeploymentEntry) -> str | None:
    tags = entry.tags or ()
    return next((tag.partition(":")[2] for tag in tags if tag.startswith("source:")), None)
