"""Two runs at once, each in the midst of the other, on a store that makes several requests at once.

One stops before a call; the other begins, and stops before one of its own; the first ends; then the
other goes on. Both end as if one had come after the other, and all files are of the newest commit.
"""

import random
import sys
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import nullcontext
from datetime import timedelta
from functools import cache, cached_property
from pathlib import Path
from threading import Event
from typing import Any

import pytest

from tasks.pipeline.backfill import backfill_source
from tasks.vault.backends.store import Store
from tests.tasks.pipeline.test_overtaken import (
    DAY,
    Run,
    begun,
    context,
    ingested,
    operations,
    picture,
    rival,
    write_table,
)
from tests.tasks.steps.test_publish import everywhere
from tests.tasks.vault.faults import Call, Disturbed, copied, left_alone
from tests.tasks.vault.proof.operations import slow
from tests.thorough import thorough

pytestmark = pytest.mark.long

PATIENCE = 120.0
"""Seconds after which a run that waits for the other one goes on, and the test fails."""
SEEDS = range(1, 9)
SEEDS = range(1, 9)
Stop = Callable[[Call], bool]
"""Whether a run stops before a call."""


def before(method: str, key: str) -> Stop:
    """Return a stop before calls of an operation with keys that begin so."""
    return lambda call: call.method == method and call.key.startswith(key)


def never(_: Call) -> bool:
    """Let a run go on to its end."""
    return False


MARTS = "put_if_match", "marts/changes_all.parquet"
FOUND = {
    "what was read ahead": (
        ("replay", before("get", "unicef_market/allocations/latest.parquet")),
        ("backdated ingest", before("list", "raw/unicef_market/failed/")),
    ),
    "what it has written itself": (
        ("backdated ingest", before("put_if_match", "unicef_market/allocations/changes.parquet")),
        ("ingest", before(*MARTS)),
    ),
    "no schema yet": (
        ("new column", before("put_if_absent", "raw/unicef_market/wire/")),
        ("backdated ingest", never),
    ),
}
"""Two runs and where each stopped, by what one of them took for the newest: marts showed older rows
than they stated, and an alert on the columns of a version was missing."""


class Requests(Disturbed):
    """A store that holds and reads ahead as S3 does, while its calls come one by one."""

    at_once = 8

    def ask_all(self, ask: Callable[[Any], Any], about: Sequence[Any]) -> tuple[Any, ...]:
        """Return the answers, asked for in turn."""
        return tuple(map(ask, about))


def runs(folder: Path) -> Mapping[str, Run]:
    """Return the runs by name."""
    return {
        **operations(folder),
        "rival": lambda store: rival(store, folder),
        "new column": lambda store: with_new_column(store, folder),
        "backfill": lambda store: backfilled(store, folder),
    }


def with_new_column(store: Store, folder: Path) -> None:
    """Ingest day 5: a column is new, which an alert names."""
    rows = [f"{row},7" for row in everywhere(1_000_000)]
    ingested(store, folder, 5, rows, "Remarks")


def backfilled(store: Store, folder: Path) -> None:
    """Backfill days 0 and 7, each with cuts."""
    days = folder / "days"
    days.mkdir(exist_ok=True)
    for day, doses in ((0, 2_000_000), (7, 100_000)):
        write_table(days / f"{DAY + timedelta(days=day):%Y-%m-%d}.csv", everywhere(doses))
    backfill_source(context(store), f"dir:{days}")


def interleaved(lake: Store, first: Run, at: Stop, second: Run, then: Stop) -> bool:
    """Run both; return whether the second began. `at`, `then`: where each stops, once."""
    has_stopped, may_go_on = Event(), Event()
    begun_runs: list[Future[None]] = []

    def stop_second(call: Call) -> None:
        if not call.is_done and not has_stopped.is_set() and then(call):
            has_stopped.set()
            assert may_go_on.wait(PATIENCE)

    def stop_first(call: Call) -> None:
        if not call.is_done and not begun_runs and at(call):
            begun_runs.append(pool.submit(second, Requests(lake, stop_second)))
            begun_runs[0].add_done_callback(lambda _: has_stopped.set())
            assert has_stopped.wait(PATIENCE)

    with ThreadPoolExecutor(1) as pool:
        try:
            first(Requests(lake, stop_first))
        finally:
            may_go_on.set()
    for one in begun_runs:
        one.result()
    return bool(begun_runs)


@pytest.fixture(autouse=True)
def _without_locks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a run stop inside a cached property, which locks it for all threads before Python 3.12.

    Runs are processes of their own, which share no lock.
    """
    modules = [module for name, module in sys.modules.items() if name.startswith("tasks.")]
    for one in [value for module in modules for value in vars(module).values()]:
        for known in vars(one).values() if isinstance(one, type) else ():
            if isinstance(known, cached_property):
                monkeypatch.setattr(known, "lock", nullcontext(), raising=False)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return where the files of all tests are."""
    return tmp_path_factory.mktemp("interleaved")


@cache
def _prepared(folder: Path) -> Store:
    return begun(folder)


@cache
def _one_by_one(folder: Path, first: str, second: str) -> tuple[object, ...]:
    """Return what people see after both, and the number of calls of the first alone."""
    lake, known = copied(_prepared(folder)), runs(folder)
    alone = Requests(lake, left_alone)
    known[first](alone)
    known[second](lake)
    return picture(lake), len(alone.calls) // 2


@pytest.mark.parametrize("name", FOUND)
def test_where_it_once_went_wrong(folder: Path, name: str) -> None:
    """Marts are made of files that are as new as the versions that they state; no alert is lost."""
    (first, at), (second, then) = FOUND[name]
    lake, known = copied(_prepared(folder)), runs(folder)
    assert interleaved(lake, known[first], at, known[second], then)
    expected = [_one_by_one(folder, *pair)[0] for pair in ((first, second), (second, first))]
    assert picture(lake) in expected


@pytest.mark.parametrize(
    ("seed", "count"), [thorough(0, 3), *(slow(seed, 25) for seed in range(1, 9))]
)
def test_two_runs_in_the_midst_of_each_other(folder: Path, seed: int, count: int) -> None:
    """Wherever each stops."""
    chance, known, count_begun = random.Random(seed), runs(folder), 0  # noqa: S311 (no secret)
    for _ in range(count):
        first, second = chance.sample(sorted(known), 2)
        orders = [_one_by_one(folder, *pair) for pair in ((first, second), (second, first))]
        at, then = (chance.randint(1, int(str(calls))) for _, calls in orders)
        stops = [lambda call, place=place: call.number == place for place in (at, then)]
        lake = copied(_prepared(folder))
        count_begun += interleaved(lake, known[first], stops[0], known[second], stops[1])
        assert picture(lake) in [shown for shown, _ in orders], (first, at, second, then)
    assert count_begun
