"""The Prefect adapter: what Prefect adds to a run; with its names, all that imports Prefect.

Promises: what passes between steps stays in this process, nothing is persisted or cached by
Prefect; a step is retried only after a `Transient` error. An expected error is one sentence in
Prefect's log and in the state of the run, never a traceback; its caller gets the error all the
same. Outside of a flow run a step is a plain call and a summary is returned as it is.
"""

import logging
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from prefect import task
from prefect.artifacts import create_image_artifact, create_markdown_artifact, create_table_artifact
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
from tasks.prefect_names import RunNamer, name_next_runs
from tasks.process_guard import end_with_the_parent
from tasks.runs.run_log import LOGGER
from tasks.runs.run_states import BLOCKED, FAILED
from tasks.runs.run_step import RETRY_DELAYS
from tasks.summaries.run_artifacts import RunArtifact, artifacts_of, failure_artifact
from tasks.summaries.run_report import headline
from tasks.summaries.run_summary import RunSummary
from tasks.vault.backends.store import Store

T = TypeVar("T")
Ran = tuple[RunSummary, Store | None]
"""The summary of a run, and the store of its lake; None where there is none to read."""


def run_named(operation: str) -> RunNamer:
    """Return what names the flow run in which it is called, by `run_name`."""
    return RunNamer(operation)


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


def tracked(about: str, act: Callable[[str], Ran], *, tags: Sequence[str] = ()) -> Any:
    """Return the summary of an action; in a flow run the final state, after artifacts are made.

    `act`: gets the id of the flow run, empty without one. `about`: the source, or what stands in
    its place. `tags`: which the flow run has from now on.

    An expected error ends the run as failed with its sentence, and any other one with a traceback;
    both leave an artifact. A caller of the flow gets the summary, or the error.
    """
    context = FlowRunContext.get()
    if context is None or context.flow_run is None:
        return act("")[0]
    _send_log()
    _tag(context, tags)
    name_next_runs(context)
    try:
        summary, store = act(str(context.flow_run.id))
    except Exception as error:
        text = sentence(error)
        _save(failure_artifact(about, text))
        if not isinstance(error, VaxwatchError):
            raise
        name = BLOCKED if isinstance(error, ContractBroken) else FAILED
        return Failed(name=name, message=text, data=error)
    return conclude(summary, store)


def conclude(summary: RunSummary, store: Store | None = None) -> Any:
    """Save the artifacts of the flow run and return its final state; `store`: the lake.

    Each alert event of the run is emitted as an event of Prefect, `vaxwatch.alert.<kind>`, so that
    automations can hang on it. A run in which a snapshot was blocked, or that did not do all that
    it was asked to do, fails; its caller gets the summary with what is raised: RunBlocked or
    RunFailed.
    """
    for event in summary.alert_events:
        _emit(event)
    for artifact in artifacts_of(summary, store):
        _save(artifact)
    name, message = summary.state_name, headline(summary)
    if name == BLOCKED:
        return Failed(name=name, message=message, data=RunBlocked(summary))
    if name == FAILED:
        return Failed(name=name, message=message, data=RunFailed(summary, message))
    return Completed(name=name, message=message, data=summary)


def _save(one: RunArtifact) -> None:
    """Save an artifact of the flow run; where Prefect does not take it, the run goes on."""
    create = {
        "markdown": create_markdown_artifact,
        "table": create_table_artifact,
        "image": create_image_artifact,
    }[one.kind]
    try:
        create(one.data, key=one.key, description=one.description)
    except Exception as error:  # noqa: BLE001 (what was published stays so, whatever Prefect does)
        logging.getLogger(LOGGER).warning("The artifact %s was not saved: %s", one.key, error)


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
        with get_client(sync_client=True) as client:
            client.update_flow_run(run.id, tags=run.tags)


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
