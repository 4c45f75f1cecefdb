"""Progress: how far a run on many snapshots has got, and who is informed of it.

Promises: watchers see each change in the order of the changes, in the thread of the run. A watcher
may ask the run to end.
"""

from collections.abc import Callable, Generator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any, Final

STEPS: Final = {
    "plan-backfill": "making the plan",
    "open-workers": "starting workers",
    "take-chunk": "",
    "publish-snapshots": "publishing tables",
    "update-alerts": "evaluating rules",
    "judge-published": "checking quality",
    "deliver-alerts": "delivering alerts",
    "compact-segments": "gathering segments",
}
"""Steps of a run in words."""
MINUTES: Final = 2
ENDING: Final = "ends after the snapshots in hand"


@dataclass(frozen=True, kw_only=True, slots=True)
class Progress:
    """How far a run has got.

    `step`: the name of the step that runs. `planned`: snapshots that are taken. `read`: of them,
    those that were read or have failed; `failed`: the latter alone. `published`: those of the
    commits so far. `spent`: since the first snapshot was asked for. `asked_by`: who asked the run
    to end early; empty where nobody did.
    """

    source: str
    step: str = ""
    planned: int = 0
    read: int = 0
    failed: int = 0
    published: int = 0
    spent: timedelta = timedelta()
    asked_by: str = ""

    @property
    def rate(self) -> float | None:
        """Snapshots read per second; None before the first one."""
        seconds = self.spent.total_seconds()
        return self.read / seconds if self.read and seconds > 0 else None

    @property
    def left(self) -> timedelta | None:
        """How long the snapshots that are left will take at this rate; None where unknown."""
        rate = self.rate
        return timedelta(seconds=(self.planned - self.read) / rate) if rate else None

    @property
    def share(self) -> float:
        """The share of the planned snapshots that were read, 0 to 1; 0 where none is planned."""
        return self.read / self.planned if self.planned else 0.0

    @property
    def rest(self) -> str:
        """What is beside the counts: rate and time left while snapshots are read, then the step."""
        if self.asked_by:
            return ENDING
        if self.read < self.planned and self.rate and self.left:
            return f"{self.rate:.2g} a second, {_span(self.left)} left"
        if self.step == "take-chunk" and self.read >= self.planned:
            return "committing"
        return STEPS.get(self.step, self.step)

    def sentence(self) -> str:
        """Return the progress as one line.

        >>> half = Progress(source="a", planned=8, read=4, spent=timedelta(seconds=8))
        >>> half.sentence()
        'a: 4 of 8 snapshots read, 0 published; 0.5 a second, 8 s left'
        >>> replace(half, read=8, published=8, step="update-alerts").sentence()
        'a: 8 of 8 snapshots read, 8 published; evaluating rules'
        """
        if not self.planned:
            return f"{self.source}: {self.rest}" if self.rest else self.source
        noun = "snapshot" if self.planned == 1 else "snapshots"
        done = f"{self.source}: {self.read:,} of {self.planned:,} {noun} read"
        done += f", {self.failed:,} failed" if self.failed else ""
        done += f", {self.published:,} published"
        return f"{done}; {self.rest}" if self.rest else done


def _span(time: timedelta) -> str:
    """Return a length of time in seconds, from two minutes on in minutes.

    >>> _span(timedelta(seconds=119)), _span(timedelta(hours=3))
    ('119 s', '180 min')
    """
    minutes = time / timedelta(minutes=1)
    return f"{time.total_seconds():.0f} s" if minutes < MINUTES else f"{minutes:,.0f} min"


Watcher = Callable[[Progress], str | None]
"""Is informed of progress; returns why the run should end, None to let it go on."""
_WATCHERS: Final[ContextVar[tuple[Watcher, ...]]] = ContextVar("watchers", default=())


@contextmanager
def watched_by(watcher: Watcher) -> Generator[None]:
    """Inform a watcher of the progress of all runs inside."""
    token = _WATCHERS.set((*_WATCHERS.get(), watcher))
    try:
        yield
    finally:
        _WATCHERS.reset(token)


@dataclass(slots=True)
class ProgressLog:
    """The progress of one run, as it goes on. `clock`: returns the time by now."""

    progress: Progress
    clock: Callable[[], datetime]
    began: datetime | None = None
    asked_to_end: list[str] = field(default_factory=list[str])

    def begin(self, planned: int) -> None:
        """Note how many snapshots are taken, and that the first is asked for now."""
        self.began = self.clock()
        self._change(planned=planned)

    def step(self, name: str) -> None:
        """Note the step that begins."""
        self._change(step=name)

    def add(self, *, read: int = 0, failed: int = 0, published: int = 0) -> None:
        """Note snapshots that were read, have failed, or were published."""
        before = self.progress
        self._change(
            read=before.read + read,
            failed=before.failed + failed,
            published=before.published + published,
        )

    def go_back(self, to: Progress) -> None:
        """Note that what came after some progress is done again."""
        self._change(read=to.read, failed=to.failed, published=to.published)

    def _change(self, *, step: str | None = None, **counts: Any) -> None:
        spent = self.clock() - self.began if self.began else timedelta()
        step = self.progress.step if step is None else step
        asked_by = self.asked_to_end[0] if self.asked_to_end else ""
        self.progress = replace(self.progress, step=step, spent=spent, asked_by=asked_by, **counts)
        for watcher in _WATCHERS.get():
            if reason := watcher(self.progress):
                self.asked_to_end.append(reason)
