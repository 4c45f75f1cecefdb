"""`make soak`: the stack at one ingest every few seconds; is memory flat, and is nothing lost?

Server, worker and `vaxwatch serve` run beside each other, as the two-schedulers test has them. The
page changes with each slot, so that each ingest commits a vintage and sends an alert.
"""

import argparse
import sys
import threading
import time
from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime
from typing import Any

from tests.stack.account import account_of, newest, settle
from tests.stack.processes import Program, descendants, resident
from tests.stack.soak_report import Ingest, Sample, Soak, faults, table
from tests.stack.stack import Stack, passing_folder, stack_in
from tests.stack.upstream import SOURCE
from tests.stack.waiting import eventually

PASSED = "Passed: memory is flat, and nothing is lost or doubled."
BETWEEN = 10.0
"""Seconds between two samples of memory."""
PER_LINE = 6
"""Samples for each line that is printed."""
PAGE = 200
"""How many runs Prefect's API returns at once."""
ENDED = ("COMPLETED", "CRASHED", "FAILED", "CANCELLED")
UNDER_WAY = ("PENDING", "RUNNING")


def main() -> int:
    """Run a soak; return 0 when memory stayed flat and nothing was lost, else 1."""
    parser = argparse.ArgumentParser(prog="make soak", description=__doc__)
    parser.add_argument("--minutes", type=float, default=30)
    parser.add_argument("--every", type=float, default=10, help="seconds between two ingests")
    wanted = parser.parse_args()
    with passing_folder() as folder, stack_in(folder) as stack:
        print(f"Up in {folder}; soaking for {wanted.minutes:g} minutes …", flush=True)  # noqa: T201 (a command)
        found = soak(stack, seconds=60 * wanted.minutes, every=wanted.every)
    wrong = faults(found)
    print(table(found), *(wrong or [PASSED]), sep="\n")  # noqa: T201 (a command)
    return 1 if wrong else 0


def soak(stack: Stack, *, seconds: float, every: float) -> Soak:
    """Return what a stack without workers shows while a schedule runs for so long."""
    stack.deploy(every, quality=False)
    stack.start_worker()
    serving = stack.serve()
    serving.start()
    eventually("serve is up", lambda: "On schedule until" in serving.tail())
    eventually("the first version", lambda: newest(stack) == 0)
    over, samples = threading.Event(), list[Sample]()
    publishing = threading.Thread(target=publish_every, args=(stack, every, over), daemon=True)
    start = time.monotonic()
    publishing.start()
    watched = [stack.server, stack.workers[0], serving]
    while (passed := time.monotonic() - start) < seconds:
        samples.append(Sample(passed, {one.name: memory_of(one, stack) for one in watched}))
        if len(samples) % PER_LINE == 1:
            report(samples[-1])
        time.sleep(BETWEEN - (time.monotonic() - start) % BETWEEN)
    over.set()
    publishing.join()
    ended = [one.name for one in stack.programs if not one.is_running()]
    eventually("the last version", lambda: newest(stack) == stack.upstream.number)
    pause(stack)
    eventually("no run is under way", lambda: not stack.runs(flow_runs=state_in(UNDER_WAY)))
    ingests = ingests_of(stack)
    settle(stack)
    return Soak(samples=samples, ingests=ingests, every=every, ended=ended, **losses(stack))


def pause(stack: Stack) -> None:
    """Let no further run begin."""
    deployment = stack.ask("GET", f"/deployments/name/ingest-snapshot/ingest-{SOURCE}")
    stack.ask("POST", f"/deployments/{deployment['id']}/pause_deployment")


def report(sample: Sample) -> None:
    """Print a line with the memory of each program."""
    shown = ", ".join(f"{name} {kib / 1024:.0f} MiB" for name, kib in sample.resident.items())
    print(f"{sample.seconds / 60:4.0f} min: {shown}", flush=True)  # noqa: T201 (a command)


def publish_every(stack: Stack, seconds: float, over: threading.Event) -> None:
    """Show another version of the page with each slot until it is over."""
    while not over.wait(seconds):
        stack.upstream.publish()


def memory_of(program: Program, stack: Stack) -> int:
    """Return the memory of a program [KiB]: of the server with its processes, else without runs.

    0 once it has ended.
    """
    its_own = descendants(program.pid) if program is stack.server else []
    total = 0
    for pid in (program.pid, *its_own):
        with suppress(OSError, StopIteration):
            total += resident(pid)
    return total


def ingests_of(stack: Stack) -> list[Ingest]:
    """Return the runs that have ended, skipped ones too, in the order in which they were due."""
    found = list[dict[str, Any]]()
    while page := stack.ask(
        "POST",
        "/flow_runs/filter",
        flow_runs=state_in(ENDED),
        sort="EXPECTED_START_TIME_ASC",
        limit=PAGE,
        offset=len(found),
    ):
        found += page
    return [
        Ingest(
            due=datetime.fromisoformat(one["expected_start_time"]),
            began=datetime.fromisoformat(one["start_time"] or one["end_time"]),
            ended=datetime.fromisoformat(one["end_time"]),
            state=one["state_name"],
        )
        for one in found
    ]


def state_in(types: Sequence[str]) -> dict[str, Any]:
    """Return the filter of runs whose state is of one of these types."""
    return {"state": {"type": {"any_": [*types]}}}


def losses(stack: Stack) -> dict[str, Any]:
    """Return counts of versions and vintages, and what is lost or doubled, of a settled stack."""
    found, sent = account_of(stack), set(stack.upstream.sent)
    lost = [f"Version {one} was fetched and has no vintage." for one in sent - {*found.changes}]
    lost += [
        f"Snapshot {one} was archived and never committed."
        for one in {*found.archived} - {*found.committed}
    ]
    lost += [f"The event {one} was not delivered." for one in found.newest - {*found.sent}]
    if found.alerts != found.replayed:
        lost.append("The alerts are not those of a replay of the archived bytes.")
    doubled = [
        f"Version {one} was published {times} times."
        for one, times in Counter(found.changes).items()
        if times > 1
    ]
    doubled += [
        f"The event {one} was delivered {times} times."
        for one, times in found.sent.items()
        if times > 1
    ]
    stack.run("vaxwatch", "verify", "--deep")
    return {"fetched": len(sent), "published": len(found.changes), "lost": lost, "doubled": doubled}


if __name__ == "__main__":
    sys.exit(main())
