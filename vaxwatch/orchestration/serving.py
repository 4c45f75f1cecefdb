"""Serving: the schedules of a prefect.yaml, run by one long-lived process, or by several.

Where a deployment belongs to a work pool, `vaxwatch deploy` owns its definition: it stays as it is,
and this process runs its runs beside the workers. All others are registered from the file.
"""

import asyncio
import contextlib
import os
import tempfile
from collections.abc import Generator, Sequence
from datetime import UTC, datetime
from pathlib import Path

from prefect.client.orchestration import SyncPrefectClient, get_client
from prefect.client.schemas.responses import DeploymentResponse
from prefect.deployments.runner import RunnerDeployment
from prefect.exceptions import ObjectNotFound
from prefect.settings import PREFECT_API_URL, PREFECT_HOME, temporary_settings

from schemas.errors import WrongUse
from schemas.redaction import redacted
from tasks.process_guard import PARENT
from vaxwatch.console import report
from vaxwatch.orchestration.automation_changes import automation_changes
from vaxwatch.orchestration.automations import automations
from vaxwatch.orchestration.dead_runs import end_runs_of_before
from vaxwatch.orchestration.definitions import definitions, differences, module_path
from vaxwatch.orchestration.deploying import deployment_changes, refusals
from vaxwatch.orchestration.prefect_file import deployment_entries, off
from vaxwatch.orchestration.run_naming import operation
from vaxwatch.orchestration.runner import ScheduleRunner
from vaxwatch.orchestration.server_process import own_server
from vaxwatch.orchestration.upkeep import Upkeep


def serve(lake: str, *, prefect_file: Path) -> None:
    """Run every active schedule of a prefect.yaml against a lake until interrupted.

    What is served, what is off and what is paused is reported on standard error.

    Raises:
        WrongUse: The file cannot be used, or the server's deployments have another lake.
        FetchFailed: No Prefect server comes up.
        ServerRefused: The server does not do what is asked for.
    """
    defined, entries = definitions(prefect_file, lake=lake), deployment_entries(prefect_file)
    for sentence in off(entries):
        report(sentence)
    os.environ[PARENT] = str(os.getpid())
    with _server() as (url, is_new), tempfile.TemporaryDirectory(prefix="prefect-") as scratch:
        tempfile.tempdir = scratch  # of Prefect's runner, whose own name all users share
        with refusals(url), get_client(sync_client=True) as client:
            deployments = _registered(client, defined)
            for change in automation_changes(client, automations(entries)):
                change.make()
        names = ", ".join(one.name for one in entries if one.schedules and not one.is_off)
        report(f"On schedule until this process is interrupted: {names}")
        asyncio.run(_run(deployments, is_new=is_new))
        report("Ended; what was scheduled stays scheduled.")


async def _run(deployments: Sequence[DeploymentResponse], *, is_new: bool) -> None:
    """Serve deployments. `is_new`: the server was started by this process."""
    names = {one.id: one.name for one in deployments}
    operations = {one.id: operation(module_path(one.entrypoint or "")) for one in deployments}
    async with get_client() as client:
        if is_new:
            for run in await end_runs_of_before(client, list(names)):
                report(f"{run.name} went on when the server ended; it is marked Crashed.")
        upkeep = Upkeep(client, operations, since=datetime.now(UTC))
        await ScheduleRunner(names, lambda: upkeep.tidy(datetime.now(UTC))).serve()


def _registered(
    client: SyncPrefectClient, defined: Sequence[RunnerDeployment]
) -> list[DeploymentResponse]:
    """Register deployments, but for those of a work pool; return all, as the server has them."""
    pooled = [one for one in defined if _is_pooled(client, one)]
    for change in deployment_changes(client, [one for one in defined if one not in pooled]):
        change.make()
    found = [client.read_deployment_by_name(str(one.full_name)) for one in defined]
    for one in found:
        if one.paused:
            report(
                f"{one.name} is paused on the server, so that none of its runs starts. Resume it "
                f"in Prefect's pages, or by: prefect deployment schedule resume"
            )
    if pooled:
        report(
            f"{len(pooled)} deployments belong to a work pool and stay as `vaxwatch deploy` has "
            f"made them; their runs are taken by its workers and by this process."
        )
    return found


def _is_pooled(client: SyncPrefectClient, one: RunnerDeployment) -> bool:
    """Return whether a deployment is there and belongs to a work pool.

    Raises WrongUse where it has another lake: two lakes on one server would take turns.
    """
    try:
        seen = client.read_deployment_by_name(str(one.full_name))
    except ObjectNotFound:
        return False
    if not seen.work_pool_name:
        return False
    lake = seen.parameters.get("lake")
    if lake != one.parameters["lake"]:
        raise WrongUse(
            f"{seen.name} belongs to work pool {seen.work_pool_name} on this server, with the lake "
            f"{redacted(str(lake))}; this process has {redacted(one.parameters['lake'])}. Serve "
            f"that lake, or bring the server's deployments up to date: vaxwatch deploy."
        )
    if differing := differences(one, seen):
        report(f"{seen.name} is otherwise on the server: {', '.join(differing)}. vaxwatch deploy.")
    return True


@contextlib.contextmanager
def _server() -> Generator[tuple[str, bool]]:
    """Use the Prefect server that is set, else one that this process starts or shares.

    Yields its address, and whether this process has started it.
    """
    if url := PREFECT_API_URL.value():
        yield redacted(url), False
        return
    with (
        own_server(PREFECT_HOME.value()) as (url, is_new),
        temporary_settings({PREFECT_API_URL: url}),
    ):
        report(f"Prefect's server, for as long as this runs: {url}")
        yield url, is_new
