"""The runner of `vaxwatch serve`: takes due runs from a Prefect server, each in its own process.

It differs from Prefect's runner in how it ends and in what it survives: no deployment is paused
when it stops, runs that go on may end, and a server that is away is asked again.
"""

import asyncio
import logging
import signal
from collections.abc import Awaitable, Callable, Collection, Mapping
from datetime import timedelta
from typing import Final
from uuid import UUID

import httpx
from prefect.exceptions import PrefectException
from prefect.runner import Runner

from schemas.errors import short
from vaxwatch.console import report
from vaxwatch.display import plural

DRAIN: Final = timedelta(seconds=60)
"""How long runs may go on after SIGTERM."""
KILL: Final = 10.0
"""Seconds from SIGTERM to SIGKILL for a run that may go on no longer."""
PULSE: Final = 0.5


class ScheduleRunner(Runner):
    """A runner that serves deployments until SIGTERM or SIGINT.

    Two of them on one server share the work: the server lets one of them take a run. SIGTERM: no
    run begins any more, and those that go on have `DRAIN` to end. SIGINT, and a second signal: they
    have no time. A run that is ended so is Crashed, and the next one does its work.
    """

    def __init__(
        self, deployments: Mapping[UUID, str], upkeep: Callable[[], Awaitable[object]]
    ) -> None:
        """Serve deployments, by id their names; `upkeep` is awaited before each poll for runs."""
        super().__init__(name="vaxwatch", pause_on_shutdown=False)
        logging.getLogger("prefect.runner.state_proposer").setLevel(logging.WARNING)  # runs in line
        for identity, name in deployments.items():
            self._deployment_registry.register_deployment(identity, name)
        self._upkeep = upkeep
        self._ending = asyncio.Event()
        self._time_left = DRAIN.total_seconds()

    async def serve(self) -> None:
        """Run what is due until a signal comes and the last run has ended."""
        loop = asyncio.get_running_loop()
        loop.add_signal_handler(signal.SIGTERM, self._end, DRAIN.total_seconds())
        loop.add_signal_handler(signal.SIGINT, self._end, 0.0)
        async with self:
            await self._take_runs()
            killing = asyncio.create_task(self._end_runs())
        killing.cancel()

    def _end(self, seconds: float) -> None:
        self._time_left = 0.0 if self._ending.is_set() else seconds
        self._ending.set()

    async def _take_runs(self) -> None:
        """Poll for due runs until the end begins; a server that is away is reported once."""
        is_away = False
        while not self._ending.is_set():
            try:
                await self._upkeep()
                await self._get_and_submit_flow_runs()
            except (httpx.HTTPError, OSError, PrefectException) as error:
                if not is_away:
                    seen = short(" ".join(f"{type(error).__name__} {error}".split()), 200)
                    report(f"Prefect's server does not answer as expected ({seen}); asked again.")
                is_away = True
            else:
                if is_away:
                    report("Prefect's server answers as expected again.")
                is_away = False
            await self._wait(self.query_seconds)

    async def _wait(self, seconds: float) -> None:
        try:
            await asyncio.wait_for(self._ending.wait(), seconds)
        except TimeoutError:
            return

    async def _end_runs(self) -> None:
        """Let runs go on as long as they may, then end those that are left, until cancelled."""
        running = self._process_manager.flow_run_ids
        if left := running():
            report(f"Ending; {plural(len(left), 'run')} may go on for {self._time_left:g} s.")
        while self._time_left > 0:
            await asyncio.sleep(PULSE)
            self._time_left -= PULSE
        while True:
            await self._kill(running())
            await asyncio.sleep(PULSE)

    async def _kill(self, runs: Collection[UUID]) -> None:
        await asyncio.gather(*(self._process_manager.kill(run, KILL) for run in runs))
