"""The Prefect adapter: what Prefect adds to a run; the only module below the flows that imports it.

Promises: what passes between steps stays in this process, nothing is persisted or cached by
Prefect; a step is retried only after a `Transient` error. Outside of a flow run a step is a plain
call and a summary is returned as it is.
"""

from collections.abc import Callable
from typing import Any, TypeVar

from prefect import task
from prefect.artifacts import create_markdown_artifact
from prefect.cache_policies import NO_CACHE
from prefect.client.schemas.objects import State
from prefect.context import FlowRunContext
from prefect.events import emit_event
from prefect.states import Completed, Failed

from schemas.contract_errors import RunBlocked
from schemas.errors import Transient
from tasks.delivery.machine_payloads import event_document, event_uuid, subject
from tasks.delivery.numbered_events import NumberedEvent
from tasks.pipeline.run_context import RETRY_DELAYS
from tasks.pipeline.run_names import run_name
from tasks.pipeline.run_report import headline, markdown
from tasks.pipeline.run_summary import BLOCKED, RunSummary
from tasks.process_guard import end_with_the_parent

T = TypeVar("T")


def run_named(operation: str) -> Callable[[], str]:
    """Return a function that names the flow run in which it is called, by `run_name`."""

    def name() -> str:
        run = FlowRunContext.get()
        if run is None or run.flow_run is None:
            return operation
        due = run.flow_run.expected_start_time or run.start_time
        return run_name(operation, run.parameters or {}, due=due)

    return name


def worth_retrying(_task: object, _run: object, state: State[Any]) -> bool:
    """Return whether a step failed with an error that may pass by itself."""
    return isinstance(state.result(raise_on_failure=False), Transient)


def run_as_task(name: str, step: Callable[[], T], /) -> T:
    """Return the result of a step, called as a Prefect task; outside of a flow run called as it is.

    The step takes no arguments, so that Prefect inspects and hashes none of the data.
    """
    if FlowRunContext.get() is None:
        return step()
    end_with_the_parent()
    run_task = task(
        name=name,
        persist_result=False,
        cache_policy=NO_CACHE,
        retries=len(RETRY_DELAYS),
        retry_delay_seconds=list(RETRY_DELAYS),
        retry_condition_fn=worth_retrying,
    )(step)
    return run_task()


def conclude(summary: RunSummary) -> Any:
    """Return a run's summary; in a flow run, save it as an artifact and return the final state.

    Each alert event of the run is emitted as an event of Prefect, `vaxwatch.alert.<kind>`, so that
    automations can hang on it. A caller of the flow gets the summary in both cases. A run in which
    a snapshot was blocked fails; its caller gets it with the RunBlocked that is raised.
    """
    if FlowRunContext.get() is None:
        return summary
    key = f"outcome-{summary.source}".replace("_", "-")
    for event in summary.alert_events:
        _emit(event)
    create_markdown_artifact(markdown(summary), key=key, description="What the last run did")
    name, message = summary.state_name, headline(summary)
    if name == BLOCKED:
        return Failed(name=name, message=message, data=RunBlocked(summary))
    return Completed(name=name, message=message, data=summary)


def _emit(one: NumberedEvent) -> None:
    """Emit an event of the alert log; the same one has the same id however often it is emitted."""
    alert = one.alert
    emit_event(
        f"vaxwatch.alert.{one.kind}",
        resource={
            "prefect.resource.id": f"vaxwatch.alert.{alert.fingerprint}",
            "prefect.resource.name": subject(one),
            "vaxwatch.source": one.source,
            "vaxwatch.dataset": alert.dataset,
            "vaxwatch.rule": alert.rule,
            "vaxwatch.severity": alert.event.severity,
            "vaxwatch.confidence": alert.event.confidence,
            "vaxwatch.origin": one.origin,
        },
        payload=event_document(one),
        id=event_uuid(one),
    )
