"""The Prefect adapter: what Prefect adds to a run; the only module below the flows that imports it.

Promises: what passes between steps stays in this process, nothing is persisted or cached by
Prefect; a step is retried only after a `Transient` error. An expected error is one sentence in
Prefect's log and in the state of the run, never a traceback; its caller gets the error all the
same. Outside of a flow run a step is a plain call and a summary is returned as it is.
"""

import logging
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from prefect import task
from prefect.artifacts import create_markdown_artifact
from prefect.cache_policies import NO_CACHE
from prefect.client.orchestration import get_client
from prefect.client.schemas.objects import State, TaskRun
from prefect.context import FlowRunContext
from prefect.events import emit_event
from prefect.logging.handlers import APILogHandler
from prefect.states import Completed, Failed

from schemas.contract_errors import ContractBroken, RunBlocked, RunFailed
from schemas.error_text import sentence
from schemas.errors import Transient, VaxwatchError
from tasks.delivery.machine_payloads import event_document, event_uuid, subject
from tasks.delivery.numbered_events import NumberedEvent
from tasks.pipeline.run_report import failure_page, headline, markdown
from tasks.pipeline.run_summary import RunSummary
from tasks.process_guard import end_with_the_parent
from tasks.runs.run_log import LOGGER
from tasks.runs.run_names import run_name
from tasks.runs.run_states import BLOCKED, FAILED
from tasks.runs.run_step import RETRY_DELAYS

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


def worth_retrying(_task: object, run: TaskRun, state: State[Any]) -> bool:
    """Return whether a step failed with an error that may pass by itself, and has tries left."""
    has_tries = run.run_count <= len(RETRY_DELAYS)
    return has_tries and isinstance(state.result(raise_on_failure=False), Transient)


def run_as_task(name: str, step: Callable[[], T], /) -> T:
    """Return the result of a step, called as a Prefect task; outside of a flow run called as it is.

    The step takes no arguments, so that Prefect inspects and hashes none of the data.
    """
    if FlowRunContext.get() is None:
        return step()
    end_with_the_parent()

    errors: list[VaxwatchError] = []

    def attempt() -> T | State[Any]:
        try:
            return step()
        except VaxwatchError as error:
            errors.append(error)
            return Failed(message=sentence(error), data=error)

    run_task = task(
        name=name,
        persist_result=False,
        cache_policy=NO_CACHE,
        retries=len(RETRY_DELAYS) + 1,  # the last is never made: Prefect logs it with a traceback
        retry_delay_seconds=list(RETRY_DELAYS),
        retry_condition_fn=worth_retrying,
    )(attempt)
    result: Any = run_task()
    if isinstance(result, State):
        raise errors[-1]
    return result


def tracked(about: str, act: Callable[[str], RunSummary], *, tags: Sequence[str] = ()) -> Any:
    """Return what an action returns; in a flow run the final state, after an artifact is made.

    `act`: gets the id of the flow run, empty without one. `about`: the source, or what stands in
    its place. `tags`: which the flow run has from now on.

    An expected error ends the run as failed with its sentence, and any other one with a traceback;
    both leave an artifact. A caller of the flow gets the summary, or the error.
    """
    context = FlowRunContext.get()
    if context is None or context.flow_run is None:
        return act("")
    _send_log()
    _tag(context, tags)
    try:
        return conclude(act(str(context.flow_run.id)))
    except Exception as error:
        text = sentence(error)
        create_markdown_artifact(failure_page(about, text), key=_key(about), description=text)
        if not isinstance(error, VaxwatchError):
            raise
        name = BLOCKED if isinstance(error, ContractBroken) else FAILED
        return Failed(name=name, message=text, data=error)


def conclude(summary: RunSummary) -> Any:
    """Save a summary as an artifact of the flow run and return the final state.

    Each alert event of the run is emitted as an event of Prefect, `vaxwatch.alert.<kind>`, so that
    automations can hang on it. A run in which a snapshot was blocked, or that did not do all that
    it was asked to do, fails; its caller gets the summary with what is raised: RunBlocked or
    RunFailed.
    """
    for event in summary.alert_events:
        _emit(event)
    create_markdown_artifact(
        markdown(summary), key=_key(summary.source), description="What the last run did"
    )
    name, message = summary.state_name, headline(summary)
    if name == BLOCKED:
        return Failed(name=name, message=message, data=RunBlocked(summary))
    if name == FAILED:
        return Failed(name=name, message=message, data=RunFailed(summary, message))
    return Completed(name=name, message=message, data=summary)


def _key(source: str) -> str:
    return f"outcome-{source}".replace("_", "-")


def _send_log() -> None:
    """Let the lines of the run log go to the flow run, too, as its own log does."""
    logger = logging.getLogger(LOGGER)
    if not any(isinstance(handler, _RunLog) for handler in logger.handlers):
        logger.addHandler(_RunLog())
    if logger.level == logging.NOTSET:
        logger.setLevel(logging.INFO)


class _RunLog(APILogHandler):
    """Sends a record to the flow run in which it was written; nowhere outside of one."""

    def filter(self, record: logging.LogRecord) -> bool:
        return FlowRunContext.get() is not None and bool(super().filter(record))


def _tag(context: FlowRunContext, tags: Sequence[str]) -> None:
    """Tag the flow run, where neither its deployment nor its caller did."""
    run = context.flow_run
    missing = [tag for tag in tags if run is not None and tag not in run.tags]
    if run is not None and missing:
        run.tags.extend(missing)
        get_client(sync_client=True).update_flow_run(run.id, tags=run.tags)


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
