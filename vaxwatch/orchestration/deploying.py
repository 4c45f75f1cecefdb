"""Deploying: everything that a Prefect server must have, in one go, and nothing twice."""

from collections.abc import Generator, Iterable
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from uuid import UUID

import httpx
from prefect.client.orchestration import SyncPrefectClient
from prefect.client.schemas.filters import (
    DeploymentFilter,
    DeploymentFilterName,
    FlowFilter,
    FlowFilterName,
    FlowRunFilter,
    FlowRunFilterState,
    FlowRunFilterStateName,
)
from prefect.client.schemas.objects import VersionInfo
from prefect.client.schemas.sorting import FlowRunSort
from prefect.deployments.runner import DeploymentApplyError, RunnerDeployment
from prefect.exceptions import ObjectNotFound

from schemas.errors import SeenThere, WrongUse, short
from schemas.redaction import redacted
from tasks.prefect_names import name_coming
from vaxwatch.orchestration.automation_changes import automation_changes, notification_block
from vaxwatch.orchestration.automations import automations
from vaxwatch.orchestration.changes import Change
from vaxwatch.orchestration.definitions import definitions, differences, module_path
from vaxwatch.orchestration.prefect_file import deployment_entries
from vaxwatch.orchestration.run_naming import operation
from vaxwatch.orchestration.upkeep import skipped, surplus
from vaxwatch.orchestration.work_pool import pool_changes


class ServerRefused(SeenThere):
    """The Prefect server answered, but not with what was asked for."""

    def __str__(self) -> str:
        return (
            f"The Prefect API at {self.where} refused: {self.seen}. What was changed before stays; "
            f"the same command again does the rest. Check the credentials (PREFECT_API_AUTH_STRING "
            f"or PREFECT_API_KEY), and that the server is Prefect 3.9."
        )


@contextmanager
def refusals(url: str) -> Generator[None]:
    """Raise what a server refuses, and its silence half-way, as ServerRefused."""
    try:
        yield
    except (httpx.HTTPError, DeploymentApplyError, RuntimeError) as error:
        raise ServerRefused(url, short(redacted(" ".join(str(error).split())))) from error


def planned_changes(
    client: SyncPrefectClient, prefect_file: Path, *, lake: str, pool: str, notify: str | None
) -> list[Change]:
    """Return what a server lacks of a prefect.yaml, in the order in which it is to be made.

    Args:
        client: Of the server.
        prefect_file: The deployments.
        lake: A folder or s3://bucket/prefix, the parameter of every deployment.
        pool: The name of the work pool.
        notify: A notification block, type/name; None: nobody is notified.

    Raises:
        WrongUse: The file cannot be used, or there is no such block.
    """
    defined = definitions(prefect_file, lake=lake, pool=pool)
    block = None
    if notify:
        try:
            block = notification_block(client, notify)
        except (ObjectNotFound, ValueError) as error:
            raise WrongUse(
                f"--notify {notify}: there is no such block on the server; expected type/name, "
                f"such as custom-webhook/operators. Make one in its pages (Blocks), or by "
                f"CustomWebhookNotificationBlock(…).save(name)."
            ) from error
    wanted = automations(deployment_entries(prefect_file), notify=block)
    return [
        *pool_changes(client, pool),
        *deployment_changes(client, defined),
        *automation_changes(client, wanted),
        *late_run_changes(client, [str(one.full_name) for one in defined]),
    ]


def deployment_changes(
    client: SyncPrefectClient, defined: Iterable[RunnerDeployment]
) -> list[Change]:
    """Return what a server's deployments lack; a deployment that is as defined stays untouched.

    An update takes the scheduled runs of the future away, and makes them again; runs that are late
    stay.
    """
    changes: list[Change] = []
    for one in defined:
        register = partial(_register, client, one)
        try:
            seen = client.read_deployment_by_name(str(one.full_name))
        except ObjectNotFound:
            new = Change(kind="deployment", name=one.full_name, action="create", make=register)
            changes.append(new)
            continue
        differing = differences(one, seen)
        changes.append(
            Change(
                kind="deployment",
                name=one.full_name,
                action="update",
                detail=", ".join(differing),
                make=register,
            )
            if differing
            else Change(kind="deployment", name=one.full_name, action="unchanged")
        )
    return changes


def late_run_changes(client: SyncPrefectClient, names: Iterable[str]) -> list[Change]:
    """Return the late runs that a newer one of the same deployment makes idle, to be skipped."""
    flows, deployments = zip(*(name.split("/") for name in names), strict=True)
    waiting = client.read_flow_runs(
        flow_filter=FlowFilter(name=FlowFilterName(any_=list(flows))),
        deployment_filter=DeploymentFilter(name=DeploymentFilterName(any_=list(deployments))),
        flow_run_filter=FlowRunFilter(
            state=FlowRunFilterState(name=FlowRunFilterStateName(any_=["Late"]))
        ),
        sort=FlowRunSort.EXPECTED_START_TIME_DESC,
    )
    return [
        Change(
            kind="late run",
            name=run.name,
            action="skip",
            detail="a newer one is due",
            make=partial(client.set_flow_run_state, run.id, skipped()),
        )
        for run in surplus(waiting)
    ]


def _register(client: SyncPrefectClient, one: RunnerDeployment) -> None:
    """Create or update a deployment, schedule its next runs and name them.

    Its version is the package's, whatever folder this is.
    """
    found = one.apply(version_info=VersionInfo(type="prefect:simple", version=one.version or ""))
    deployment = UUID(str(found))
    client.request("POST", "/deployments/{id}/schedule", path_params={"id": deployment}, json={})  # pyright: ignore[reportArgumentType] (a route that its list lacks)
    operations = {deployment: operation(module_path(one.entrypoint or ""))}
    name_coming(client, operations, after=datetime.now(UTC))
