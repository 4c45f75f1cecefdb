"""Definitions of deployments: of a prefect.yaml, as Prefect has them, and what differs on a server.

Entrypoints are modules (`flows.ingest_snapshot.ingest_snapshot`): a run loads its flow from the
installed package, in whichever folder or container it starts.
"""

from collections.abc import Sequence
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from pkgutil import resolve_name
from typing import Any, Final

from prefect.client.schemas.objects import ConcurrencyLimitConfig
from prefect.client.schemas.responses import DeploymentResponse
from prefect.deployments.runner import RunnerDeployment
from prefect.schedules import Schedule
from prefect.types.entrypoint import EntrypointType

from schemas.errors import WrongUse
from vaxwatch.orchestration.prefect_file import (
    DeploymentEntry,
    LimitEntry,
    PoolEntry,
    ScheduleEntry,
    deployment_entries,
)

ANCHOR: Final = datetime(2020, 1, 1, tzinfo=UTC)
"""From when intervals are counted, so that several processes schedule the same instants."""
RUN_ENVIRONMENT: Final = {
    "DO_NOT_TRACK": "1",
    "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
    "PREFECT_FLOWS_HEARTBEAT_FREQUENCY": "30",
}
"""What every run of a worker has in its environment: no telemetry, a heartbeat each 30 seconds."""


def definitions(
    prefect_file: Path, *, lake: str, pool: str | None = None
) -> list[RunnerDeployment]:
    """Return the deployments of a prefect.yaml, those that are off or have no schedule included.

    Args:
        prefect_file: The file.
        lake: A folder or s3://bucket/prefix; a relative folder is made absolute.
        pool: The work pool whose workers run them; None: the process that serves them.

    Raises:
        WrongUse: The file cannot be used, or no schedule in it is active.
    """
    lasting = lake if ":" in lake else str(Path(lake).resolve())  # in any working directory
    defined: list[RunnerDeployment] = []
    for entry in deployment_entries(prefect_file):
        try:
            defined.append(_definition(entry, lake=lasting, pool=pool))
        except (ImportError, AttributeError, TypeError, ValueError) as error:
            raise WrongUse(
                f"{prefect_file}: {entry.name} cannot be served ({error}). Mend it there."
            ) from error
    return defined


def module_path(entrypoint: str) -> str:
    """Return the name of a flow's module and function, of an entrypoint in either form.

    >>> module_path("flows/ingest_snapshot.py:ingest_snapshot")
    'flows.ingest_snapshot.ingest_snapshot'
    >>> module_path("flows.ingest_snapshot.ingest_snapshot")
    'flows.ingest_snapshot.ingest_snapshot'
    """
    path, _, name = entrypoint.partition(":")
    return ".".join((*Path(path).with_suffix("").parts, name)) if name else entrypoint


def _definition(entry: DeploymentEntry, *, lake: str, pool: str | None) -> RunnerDeployment:
    module, _, name = module_path(entry.entrypoint).rpartition(".")
    flow = resolve_name(f"{module}:{name}")
    defined: RunnerDeployment = flow.to_deployment(
        entry.name,
        version=version("vaxwatch"),
        description=entry.description,
        parameters={**entry.parameters, "lake": lake},
        schedules=[_schedule(one) for one in entry.schedules or ()],
        tags=entry.tags,
        paused=entry.paused,
        concurrency_limit=_limit(entry.concurrency_limit),
        entrypoint_type=EntrypointType.MODULE_PATH,
    )
    if pool:
        place = entry.work_pool or PoolEntry(name=pool)
        environment = RUN_ENVIRONMENT | place.job_variables.get("env", {})
        defined.work_pool_name, defined.work_queue_name = pool, place.work_queue_name
        defined.job_variables = place.job_variables | {"env": environment}
    return defined


def _schedule(entry: ScheduleEntry) -> Schedule:
    fields = entry.model_dump(exclude_unset=True)
    if entry.interval and not entry.anchor_date:
        fields["anchor_date"] = ANCHOR
    return Schedule(**fields)


def _limit(entry: int | LimitEntry | None) -> int | ConcurrencyLimitConfig | None:
    if isinstance(entry, LimitEntry):
        return ConcurrencyLimitConfig(**entry.model_dump(exclude_unset=True))
    return entry


def differences(wanted: RunnerDeployment, seen: DeploymentResponse) -> list[str]:
    """Return the names of the facts in which a server's deployment differs, sorted.

    Whether it is paused is left to people. Pool, queue and job variables count only where the
    definition names a work pool.
    """
    here, there = _wanted_facts(wanted), _seen_facts(seen)
    if wanted.work_pool_name is None:
        for name in POOL_FACTS:
            del here[name]
    return sorted(name for name, value in here.items() if value != there[name])


POOL_FACTS: Final = ("work pool", "work queue", "job variables", "pull steps")


def _wanted_facts(wanted: RunnerDeployment) -> dict[str, Any]:
    document = wanted.model_dump(mode="json")
    return {
        "version": document["version"],
        "description": document["description"],
        "tags": sorted(document["tags"]),
        "parameters": document["parameters"],
        "entrypoint": document["entrypoint"],
        "schedules": _schedule_facts(wanted.schedules or ()),
        "concurrency limit": (
            document["concurrency_limit"],
            *_options(document["concurrency_options"]),
        ),
        "form": wanted._parameter_openapi_schema.model_dump(exclude_unset=True),  # noqa: SLF001  # pyright: ignore[reportPrivateUsage]
        "work pool": document["work_pool_name"],
        "work queue": document["work_queue_name"],
        "job variables": document["job_variables"],
        "pull steps": [],
    }


def _seen_facts(seen: DeploymentResponse) -> dict[str, Any]:
    document = seen.model_dump(mode="json")
    limit = seen.global_concurrency_limit
    return {
        "version": document["version"],
        "description": document["description"],
        "tags": sorted(document["tags"]),
        "parameters": document["parameters"],
        "entrypoint": document["entrypoint"],
        "schedules": _schedule_facts(seen.schedules),
        "concurrency limit": (
            limit.limit if limit else None,
            *_options(document["concurrency_options"]),
        ),
        "form": document["parameter_openapi_schema"],
        "work pool": document["work_pool_name"],
        "work queue": document["work_queue_name"],
        "job variables": document["job_variables"],
        "pull steps": document["pull_steps"] or [],
    }


def _options(options: dict[str, Any] | None) -> tuple[Any, ...]:
    return tuple(
        (options or {}).get(name) for name in ("collision_strategy", "grace_period_seconds")
    )


def _schedule_facts(schedules: Sequence[Any]) -> list[tuple[str, ...]]:
    facts: list[tuple[str, ...]] = []
    for one in schedules:
        when = one.schedule.model_dump(mode="json", exclude_none=True)
        if anchor := when.get("anchor_date"):
            when["anchor_date"] = datetime.fromisoformat(anchor).astimezone(UTC).isoformat()
        parts = (sorted(when.items()), one.active is not False, one.parameters or None, one.slug)
        facts.append(tuple(map(repr, parts)))
    return sorted(facts)
