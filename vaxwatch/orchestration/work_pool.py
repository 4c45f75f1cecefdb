"""The work pool and its queues: fresh runs go before backfills."""

from collections.abc import Callable
from functools import partial
from typing import Final

from prefect.client.orchestration import SyncPrefectClient
from prefect.client.schemas.actions import WorkPoolCreate
from prefect.client.schemas.objects import WorkPool, WorkQueue
from prefect.exceptions import ObjectNotFound
from prefect.workers.process import ProcessWorker

from vaxwatch.orchestration.changes import Change

POOL_TYPE: Final = "process"
QUEUES: Final = {
    "fresh": "Scheduled runs: they go first.",
    "default": "Runs that name no queue.",
    "backfill": "Backfills, rebuilds and replays: they wait for the others.",
}
"""What each queue is for, the most urgent first; its priority is its place."""


def pool_changes(client: SyncPrefectClient, pool: str) -> list[Change]:
    """Return what a server's work pool and its queues lack; a pool of another type stays as it is.

    Raises httpx.HTTPError where the server does not answer as it should.
    """
    seen = _pool(client, pool)
    queues = client.read_work_queues(work_pool_name=pool) if seen else []
    return [_pool_change(client, pool, seen), *_queue_changes(client, pool, queues)]


def _pool(client: SyncPrefectClient, pool: str) -> WorkPool | None:
    try:
        return client.read_work_pool(pool)
    except ObjectNotFound:
        return None


def _pool_change(client: SyncPrefectClient, pool: str, seen: WorkPool | None) -> Change:
    if seen:
        detail = "" if seen.type == POOL_TYPE else f"of type {seen.type}"
        return Change(kind="work pool", name=pool, action="unchanged", detail=detail)
    wanted = WorkPoolCreate(
        name=pool,
        type=POOL_TYPE,
        description="Collects vaccine dashboards.",
        base_job_template=ProcessWorker.get_default_base_job_template(),
    )
    make = partial(client.create_work_pool, wanted)
    return Change(kind="work pool", name=pool, action="create", detail=POOL_TYPE, make=make)


def _queue_changes(client: SyncPrefectClient, pool: str, seen: list[WorkQueue]) -> list[Change]:
    """Return a change for each queue; a server keeps priorities unique by moving the others."""
    by_name = {queue.name: queue for queue in seen}
    changes: list[Change] = []
    for priority, (name, purpose) in enumerate(QUEUES.items(), start=1):
        queue = by_name.get(name)
        if queue and queue.priority == priority:
            changes.append(Change(kind="work queue", name=f"{pool}/{name}", action="unchanged"))
            continue
        make: Callable[[], object] = partial(_make_queue, client, pool, name, priority, purpose)
        changes.append(
            Change(
                kind="work queue",
                name=f"{pool}/{name}",
                action="update" if queue else "create",
                detail=f"priority {priority}",
                make=make,
            )
        )
    return changes


def _make_queue(
    client: SyncPrefectClient, pool: str, name: str, priority: int, purpose: str
) -> None:
    """Create a queue or move it to its place; a new pool has the queue `default` already."""
    seen = {queue.name: queue for queue in client.read_work_queues(work_pool_name=pool)}
    if name not in seen:
        client.create_work_queue(
            name=name, work_pool_name=pool, priority=priority, description=purpose
        )
    elif seen[name].priority != priority:
        client.update_work_queue(seen[name].id, priority=priority)
