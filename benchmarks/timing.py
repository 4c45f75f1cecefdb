"""Timing: medians of steps that take turns, so a busy period affects them all."""

from collections.abc import Callable, Mapping, Sequence
from statistics import median
from time import perf_counter, process_time

TURNS = 7


def seconds(job: Callable[[], object]) -> float:
    """Return how long a job takes."""
    start = perf_counter()
    job()
    return perf_counter() - start


def cpu_seconds(job: Callable[[], object]) -> float:
    """Return the seconds of processor time, over all threads, that a job takes."""
    start = process_time()
    job()
    return process_time() - start


def in_turns(jobs: Mapping[str, Callable[[], object]], *, turns: int = TURNS) -> dict[str, float]:
    """Return each job's median seconds; they take turns, after one turn that does not count."""
    spent_by_job: dict[str, list[float]] = {name: [] for name in jobs}
    for turn in range(turns + 1):
        for name, job in jobs.items():
            spent = seconds(job)
            if turn:
                spent_by_job[name].append(spent)
    return {name: median(spent) for name, spent in spent_by_job.items()}


def ms(spent: float) -> float:
    """Return seconds as milliseconds, to a tenth."""
    return round(spent * 1000, 1)


def trend(values: Sequence[float]) -> float:
    """Return the median of the last tenth over that of the first tenth, the very first left out."""
    tenth = max(len(values) // 10, 3)
    return median(values[-tenth:]) / median(values[1 : tenth + 1])
