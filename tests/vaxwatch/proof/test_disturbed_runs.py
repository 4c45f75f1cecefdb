"""Every operation that decides, at every change of its store: killed or failing there.

A `repair` ends a killed run as if it had never begun, or had come to its end; a step that is tried
again after an error comes to its end.
"""

import uuid
from collections.abc import Callable
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from schemas.errors import StoreUnavailable, Transient
from tasks.pipeline.rebuild import rebuild_source
from tasks.pipeline.release import release as release_with_alerts
from tasks.pipeline.replay import replay_quarantine
from tasks.pipeline.retract import retract_vintage
from tasks.sources import source_named
from tasks.vault.backends.memory_store import MemoryStore
from tasks.vault.backends.open_store import open_store
from tasks.vault.backends.store import Store
from tasks.vault.compact import compact_vault
from tests.tasks.pipeline.retracted_lakes import AFTER, MARKET, Lake
from tests.tasks.vault.faults import WRITES, Call, Disturbed, Killed, copied, kill_at, left_alone
from tests.tasks.vault.proof.operations import slow
from tests.thorough import quick
from tests.vaxwatch.lakes import Ask
from tests.vaxwatch.proof.random_commands import body
from tests.vaxwatch.proof.replayed import everything
from tests.vaxwatch.proof.s3_lakes import s3_lake

pytestmark = pytest.mark.long

Run = Callable[[Lake], object]
BODIES = {
    1: body(8_000),
    3: body(1_000, bad=1),
    5: body(1_000),
    6: body(1_000),
    8: body(9_000, of=9),
    9: body(9_000, bad=8),
    10: body(-50, column="Remarks"),
    11: body(8_000),
}
"""By day: one with a quarantined row, one that repeats, one that is held, one that is blocked."""


def of_day(lake: Lake, day: int) -> str:
    """Return the id of the vintage of a day."""
    known = (*lake.vault.vintages(), *lake.vault.retracted.values())
    return next(one.id for one in known if one.as_of.day == day + 1)


def retract(lake: Lake, day: int, *, undo: bool = False) -> None:
    """Retract the vintage of a day, or bring it back."""
    run = replace(lake.run(330 + undo), run_step=again)
    retract_vintage(run, of_day(lake, day), reason="a typo", undo=undo)


def release(lake: Lake) -> None:
    """Release the vintage that is held."""
    release_with_alerts(replace(lake.run(330), at=AFTER), of_day(lake, 8))


def ingest(lake: Lake, day: int, text: str) -> None:
    """Ingest a body of a day that has none."""
    lake.ingest(day, text, late=True)


OPERATIONS: dict[str, tuple[Run, Run]] = {
    "ingest": (lambda _: None, lambda lake: ingest(lake, 12, body(9_500, column="Notes"))),
    "backdated ingest": (lambda _: None, lambda lake: ingest(lake, 2, body(9_500, bad=1))),
    "blocked ingest": (lambda _: None, lambda lake: ingest(lake, 12, body(9_500, bad=9))),
    "retract": (lambda _: None, lambda lake: retract(lake, 10)),
    "retract what is repeated": (lambda _: None, lambda lake: retract(lake, 5)),
    "retract what is in quarantine": (lambda _: None, lambda lake: retract(lake, 3)),
    "undo": (lambda lake: retract(lake, 10), lambda lake: retract(lake, 10, undo=True)),
    "undo what is repeated": (
        lambda lake: retract(lake, 5),
        lambda lake: retract(lake, 5, undo=True),
    ),
    "release": (lambda _: None, release),
    "rebuild": (lambda _: None, lambda lake: rebuild_source(lake.run(320))),
    "replay": (lambda _: None, lambda lake: replay_quarantine(lake.run(320))),
    "compact": (lambda _: None, lambda lake: compact_vault(lake.vault, at=AFTER)),
}
"""By name, what comes before an operation, and the operation."""
QUICK = ("retract", quick(24, 4))
"""Done in the everyday tests, at every fourth change or fewer."""
ON_S3 = ("retract", "undo", "release", "rebuild")
"""Done on a real server, too: for the others the store in memory is enough."""


def again(_: str, step: Callable[[], Any], /) -> Any:
    """Return the result of a step, tried once more after a failure that may pass."""
    try:
        return step()
    except Transient:
        return step()


@cache
def _filled(folder: Path) -> Lake:
    lake = Lake(MemoryStore(), source_named(MARKET), folder)
    for day, text in BODIES.items():
        lake.ingest(day, text)
    return lake


@cache
def _begun(folder: Path, name: str) -> Lake:
    lake = _filled(folder).copy()
    OPERATIONS[name][0](lake)
    return lake


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return where the files of all tests are."""
    return tmp_path_factory.mktemp("disturbed")


def course(lake: Lake, name: str) -> tuple[list[Call], dict[str, Any]]:
    """Return the changes that an undisturbed operation makes, and what readers have after it."""
    store = Disturbed(copied(lake.store), left_alone)
    after = replace(lake, store=store)
    OPERATIONS[name][1](after)
    return [one for one in store.calls if one.method in WRITES], everything(after)


def disturbed(lake: Lake, name: str, disturb: Callable[[Call], None], into: Store) -> Lake:
    """Return a lake in another store after a disturbed operation."""
    lake = replace(lake, store=copied(lake.store, into))
    OPERATIONS[name][1](replace(lake, store=Disturbed(lake.store, disturb)))
    return lake


@pytest.mark.parametrize(("name", "step"), [QUICK, *(slow(name, 1) for name in OPERATIONS)])
def test_a_killed_run_is_finished_by_a_repair(folder: Path, ask: Ask, name: str, step: int) -> None:
    """Before each change; `verify` finds what is unfinished, and nothing after the repair."""
    begun = _begun(folder, name)
    before = everything(begun)
    changes, after = course(begun, name)
    ends: list[bool] = []
    for number in [one.number for one in changes if not one.is_done][::step]:
        uri = f"memory:{uuid.uuid4().hex}"
        with pytest.raises(Killed):
            disturbed(begun, name, kill_at(number, is_done=False), open_store(uri))
        lake = replace(begun, store=open_store(uri))
        if everything(lake) not in (before, after):
            assert ask("verify", "--deep", at=uri).code == 1, number
        assert ask("repair", at=uri).code == 0, number
        assert ask("verify", "--deep", at=uri).code == 0, number
        assert_ends_as(lake, before, after)
        ends.append(everything(lake) == after)
    assert ends == sorted(ends)


def assert_ends_as(lake: Lake, before: dict[str, Any], after: dict[str, Any]) -> None:
    """Assert that readers have what they had, or all that is new; name what they have not."""
    here = everything(lake)
    missing = [{n for n in one if one[n] != here.get(n)} for one in (before, after)]
    assert set() in missing, missing


@pytest.mark.parametrize("when", ["before", slow("after")])
@pytest.mark.parametrize(
    ("kind", "name", "step"),
    [
        ("memory", *QUICK),
        *(slow("memory", one, 1) for one in OPERATIONS),
        *(slow("s3", one, 1) for one in ON_S3),
    ],
)
def test_an_operation_is_done_again_after_an_error(
    folder: Path, ask: Ask, *, name: str, kind: str, step: int, when: str
) -> None:
    """Whichever change fails, or is done and seems to have failed: it ends as it should."""
    begun = _begun(folder, name)
    changes, after = course(begun, name)
    with s3_lake() as s3:
        for number in [one.number for one in changes if not one.is_done][::step]:
            uri = s3["uri"] + str(number) if kind == "s3" else f"memory:{uuid.uuid4().hex}"

            def fail(call: Call, number: int = number) -> None:
                if (call.number, call.is_done) == (number, when == "after"):
                    raise StoreUnavailable(call.key, "no answer")

            try:
                lake = disturbed(begun, name, fail, open_store(uri))
            except Transient:
                lake = replace(begun, store=open_store(uri))
                assert ask("repair", at=uri).code == 0
            assert ask("verify", "--deep", at=uri).code == 0, number
            assert_ends_as(lake, everything(begun), after)
