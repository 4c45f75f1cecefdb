"""
Shells: what the orchestrator puts around a verb; the only module here that imports prefect.

Promises: what passes between steps stays in this process (nothing is persisted or cached by the
orchestrator); a step is tried again only where that may help (`Transient`). Outside of a flow run a
step is its plain function, and a summary a dictionary.
"""

from collections.abc import Callable
from functools import wraps
from typing import Any, ParamSpec, TypeVar

from prefect import task
from prefect.artifacts import create_markdown_artifact
from prefect.cache_policies import NO_CACHE
from prefect.client.schemas.objects import State
from prefect.context import FlowRunContext
from prefect.states import Completed, Failed

from schemas.errors import RunBlocked, Transient
from tasks.pipeline.run_summary import BLOCKED, Summary, headline, markdown, verdict

RETRY_DELAYS = [2.0, 10.0]
"""Seconds before a step is tried again, on top of the tries of a single request."""
P = ParamSpec("P")
R = TypeVar("R")


def worth_retrying(_task: object, _run: object, state: State[Any]) -> bool:
    """Return whether a step failed in a way that the next try may mend."""
    return isinstance(state.result(raise_on_failure=False), Transient)


def step(function: Callable[P, R]) -> Callable[P, R]:
    """Return the function as a Prefect task; outside of a flow run it stays what it is."""
    shell = task(
        name=function.__name__.replace("_", "-"),
        persist_result=False,
        cache_policy=NO_CACHE,
        retries=len(RETRY_DELAYS),
        retry_delay_seconds=RETRY_DELAYS,
        retry_condition_fn=worth_retrying,
    )(function)

    @wraps(function)
    def call(*args: P.args, **kwargs: P.kwargs) -> R:
        if FlowRunContext.get() is None:
            return function(*args, **kwargs)
        return shell(*args, **kwargs)

    return call


def ended(summary: Summary) -> Any:
    """
    Return a summary; inside of a flow run leave it as an artifact and name the run's state as well.

    A caller of the flow gets the summary either way: of a run in which a snapshot was blocked, and
    which therefore fails, with the RunBlocked that is raised.
    """
    if FlowRunContext.get() is None:
        return summary
    key = f"outcome-{summary['source']}".replace("_", "-")
    create_markdown_artifact(markdown(summary), key=key, description="What the last run did")
    name, told = verdict(summary), headline(summary)
    if name == BLOCKED:
        return Failed(name=name, message=told, data=RunBlocked(summary))
    return Completed(name=name, message=told, data=summary)
