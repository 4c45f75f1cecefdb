"""Requests that are made at one time: fewer rounds, and the same lake, whatever comes between."""

from collections.abc import Callable, Sequence
from datetime import timedelta
from pathlib import Path
from typing import TypeVar

import pytest

from tasks.pipeline.ingest import ingest_snapshot
from tasks.runs.run_context import RunContext
from tasks.sources import source_named
from tasks.vault.backends.memory_store import MemoryStore
from tasks.vault.backends.read_once import ReadOnce
from tasks.vault.backends.store import Store
from tests.tasks.pipeline.test_overtaken import begun, ingested, picture, rival
from tests.tasks.pipeline.unattended import BAD_ROW, DAY, MARKET, days, table_of
from tests.tasks.steps.test_publish import COUNTRIES, everywhere
from tests.tasks.vault.faults import Call, Disturbed, Killed, copied, kill_at, left_alone
from tests.tasks.vault.proof.operations import slow
from tests.thorough import quick, thorough

A = TypeVar("A")
R = TypeVar("R")


class Backwards(Disturbed):
    """A store that answers questions of one time in the reverse order; `rounds` counts times."""

    at_once = 8

    def __init__(self, store: Store, disturb: Callable[[Call], None]) -> None:
        super().__init__(store, disturb)
        self.rounds = 0
        self._is_at_once = False

    def ask_all(self, ask: Callable[[A], R], about: Sequence[A]) -> tuple[R, ...]:
        """Return the answers, which count as one round."""
        self.rounds += bool(about)
        self._is_at_once = True
        answers = [ask(one) for one in reversed(about)]
        self._is_at_once = False
        return tuple(reversed(answers))

    def _show(self, call: Call) -> None:
        self.rounds += not (call.is_done or self._is_at_once)
        super()._show(call)


class AtOnce(MemoryStore):
    """A store that is really asked by several threads."""

    at_once = 8


def ingest_day_6(store: Store, folder: Path) -> None:
    """Ingest a day in which a third of the countries is gone, with a row in quarantine."""
    ingested(store, folder, 6, [*everywhere(1000, COUNTRIES[:13]), BAD_ROW])


@pytest.mark.parametrize(("bad", "most"), [("", 21), thorough("bad", 37)])
def test_an_ingest_takes_few_rounds(tmp_path: Path, bad: str, most: int) -> None:
    """As many requests as one after another; what needs no answer of another is asked with it."""
    lake, file = MemoryStore(), tmp_path / "table.csv"
    *_, before = days(lake, tmp_path, 21, is_bad=bool(bad))
    asked, at = Backwards(lake, left_alone), DAY + timedelta(days=22)
    file.write_text(table_of(22, is_bad=bool(bad)))
    source = source_named(MARKET)
    run = RunContext(store=ReadOnce(asked), source=source, at=at, check_quality=False)
    ingest_snapshot(run, file=str(file), retrieved_at=at)
    assert asked.rounds <= most
    assert abs(len(asked.calls) // 2 - len(before.requests)) <= 3


def test_threads_make_the_same_lake(tmp_path: Path) -> None:
    """The same vintages, alerts and derived files as one request after another."""
    lakes = copied(begun(tmp_path), AtOnce()), begun(tmp_path)
    for lake in lakes:
        ingest_day_6(lake, tmp_path)
        ingested(lake, tmp_path, 7, everywhere(5000))
    assert picture(lakes[0]) == picture(lakes[1])


@pytest.mark.parametrize("step", [quick(57, 19), slow(1)])
def test_a_killed_run_is_finished_by_the_next(tmp_path: Path, step: int) -> None:
    """At whatever call it dies, whichever of those made at one time were done."""
    begin, right = begun(tmp_path), begun(tmp_path)
    ingest_day_6(right, tmp_path)
    expected, alone = picture(right), Backwards(copied(begin), left_alone)
    ingest_day_6(alone, tmp_path)
    for number in range(1, len(alone.calls) // 2 + 1, step):
        lake = copied(begin)
        with pytest.raises(Killed):
            ingest_day_6(Backwards(lake, kill_at(number, is_done=bool(number % 2))), tmp_path)
        ingest_day_6(lake, tmp_path)
        assert picture(lake) == expected, alone.calls[2 * number - 2]


@pytest.mark.parametrize("step", [thorough(19), slow(1)])
def test_a_run_that_is_overtaken_ends_as_one_that_came_first_or_second(
    tmp_path: Path, step: int
) -> None:
    """What was read ahead is old then, and what is written together is written again."""
    begin = begun(tmp_path)
    before, after, alone = copied(begin), copied(begin), Backwards(copied(begin), left_alone)
    rival(before, tmp_path)
    ingest_day_6(before, tmp_path)
    ingest_day_6(after, tmp_path)
    rival(after, tmp_path)
    ingest_day_6(alone, tmp_path)
    expected = [picture(before), picture(after)]
    for number in range(1, len(alone.calls) // 2 + 1, step):
        lake = copied(begin)

        def intrude(call: Call, number: int = number, lake: Store = lake) -> None:
            if (call.number, call.is_done) == (number, False):
                rival(lake, tmp_path)

        ingest_day_6(Backwards(lake, intrude), tmp_path)
        assert picture(lake) in expected, (number, alone.calls[2 * number - 2])
