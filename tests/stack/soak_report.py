"""What a soak has shown: memory by thirds, runs and their delay, what was lost or doubled."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from operator import attrgetter
from statistics import median
from typing import TypeVar

from tasks.runs.run_states import PUBLISHED, UNCHANGED, WITH_QUARANTINE

T = TypeVar("T")
MIB = 1024
"""KiB in one MiB."""
NOISE = 8.0
"""By how much [MiB] a process may grow between two thirds of any soak."""
SLOPE = 12.0
"""By how much [MiB an hour] a process may grow on top of that."""
DONE = frozenset({PUBLISHED, WITH_QUARANTINE, UNCHANGED})
"""The states of ingests that ended well."""
SKIPPED = "Skipped"
"""The state of a run in whose place a newer one came."""
WARM_UP = 240.0
"""The samples of the first seconds, a fifth of a short soak, are left out: imports, caches."""


@dataclass(frozen=True)
class Sample:
    """The resident memory of each program [KiB], so many seconds after the start."""

    seconds: float
    resident: Mapping[str, int]


@dataclass(frozen=True)
class Ingest:
    """A flow run that has ended: when it was due, began and ended, and the name of its state."""

    due: datetime
    began: datetime
    ended: datetime
    state: str

    @property
    def delay(self) -> float:
        """From when it was due to its beginning [s]."""
        return (self.began - self.due).total_seconds()

    @property
    def seconds(self) -> float:
        """From its beginning to its end [s]."""
        return (self.ended - self.began).total_seconds()


@dataclass(frozen=True)
class Memory:
    """The memory of one program: medians of the first and the last third, and the most [MiB].

    `hours`: from the middle of the first third to that of the last.
    """

    name: str
    first: float
    last: float
    most: float
    hours: float

    @property
    def slope(self) -> float:
        """By how much it grew [MiB an hour]."""
        return (self.last - self.first) / self.hours

    @property
    def grows(self) -> bool:
        """Whether it grew by more than `NOISE` and `SLOPE` allow."""
        return self.last - self.first > NOISE + SLOPE * self.hours


@dataclass(frozen=True, kw_only=True)
class Soak:
    """All that a soak has shown.

    `samples`, `ingests`: in the order of time. `every`: seconds between two slots. `fetched`:
    versions of the page that were fetched; `published`: vintages that changed a table. `lost`,
    `doubled`: a sentence for each thing that is missing or that is there twice. `ended`: programs
    that ended.
    """

    samples: Sequence[Sample]
    ingests: Sequence[Ingest]
    every: float
    fetched: int
    published: int
    lost: Sequence[str] = ()
    doubled: Sequence[str] = ()
    ended: Sequence[str] = ()

    @property
    def done(self) -> list[Ingest]:
        """The runs that ended well."""
        return [one for one in self.ingests if one.state in DONE]


def thirds(rows: Sequence[T]) -> tuple[Sequence[T], Sequence[T]]:
    """Return the first and the last third of some rows; all of fewer than three.

    >>> thirds([1, 2, 3, 4, 5, 6, 7])
    ([1, 2], [6, 7])
    """
    size = len(rows) // 3 or len(rows)
    return rows[:size], rows[len(rows) - size :]


def memory(samples: Sequence[Sample], name: str) -> Memory:
    """Return the memory of a program; at least one sample must be later than the warm-up."""
    warm = min(WARM_UP, samples[-1].seconds / 5)
    counted = [one for one in samples if one.seconds >= warm and name in one.resident]
    first, last = thirds(counted)
    middles = [median(one.seconds for one in third) for third in (first, last)]
    return Memory(
        name=name,
        first=median(one.resident[name] for one in first) / MIB,
        last=median(one.resident[name] for one in last) / MIB,
        most=max(one.resident[name] for one in counted) / MIB,
        hours=(middles[1] - middles[0]) / 3600,
    )


def memories(soak: Soak) -> list[Memory]:
    """Return the memory of each program."""
    return [memory(soak.samples, name) for name in soak.samples[-1].resident]


def faults(soak: Soak) -> list[str]:
    """Return a sentence for each thing that is not as it must be; none: the soak is passed."""
    found = [f"{name} ended by itself; see its log." for name in soak.ended]
    found += [
        f"{one.name} grew from {one.first:.1f} to {one.last:.1f} MiB, {one.slope:+.0f} MiB an "
        f"hour; it may grow by {NOISE:g} MiB and {SLOPE:g} MiB an hour."
        for one in memories(soak)
        if one.grows
    ]
    failed = [one for one in soak.ingests if one.state not in {*DONE, SKIPPED}]
    if failed:
        states = ", ".join(sorted({one.state for one in failed}))
        found.append(f"{len(failed)} of {len(soak.ingests)} runs did not end well: {states}.")
    last = thirds(soak.done)[1]
    if not last or median(one.delay for one in last) > soak.every:
        found.append(
            f"The stack did not keep up: runs of the last third began more than {soak.every:g} s "
            f"after they were due. Use fewer ingests: make soak EVERY={2 * soak.every:g}."
        )
    return [*found, *soak.lost, *soak.doubled]


def table(soak: Soak) -> str:
    """Return the figures of a soak as a table in Markdown: the first third beside the last."""
    return "\n".join(
        [
            "| | first third | last third | |",
            "|---|---|---|---|",
            *(
                f"| memory of {one.name} | {one.first:.1f} MiB | {one.last:.1f} MiB "
                f"| {one.slope:+.1f} MiB an hour; at most {one.most:.1f} MiB |"
                for one in memories(soak)
            ),
            *_of_ingests(soak),
            f"| versions fetched, published | {soak.fetched} | {soak.published} | |",
            f"| lost, doubled | {len(soak.lost)} | {len(soak.doubled)} | |",
        ]
    )


def _of_ingests(soak: Soak) -> Iterator[str]:
    if not soak.done:
        return
    first, last = thirds(soak.done)
    skipped = sum(one.state == SKIPPED for one in soak.ingests)
    whole = f"{len(soak.done)} in all, {skipped} skipped"
    yield f"| ingests | {len(first)} | {len(last)} | {whole} |"
    for what, name in (("delay", "delay"), ("duration", "seconds")):
        value = attrgetter(name)
        yield (
            f"| {what} of an ingest | {median(map(value, first)):.1f} s "
            f"| {median(map(value, last)):.1f} s "
            f"| 95 % below {percentile([*map(value, soak.done)], 95):.1f} s |"
        )


def percentile(values: Sequence[float], share: int) -> float:
    """Return the value below which that many percent of the values lie.

    >>> percentile([1, 2, 3, 4], 50)
    2
    """
    ordered = sorted(values)
    return ordered[max(0, -(-len(ordered) * share // 100) - 1)]
