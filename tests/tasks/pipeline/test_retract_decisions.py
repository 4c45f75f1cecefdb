"""What is recorded of a retraction, and what is refused."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from schemas.errors import BadBody, Damaged, StoreUnavailable, Transient, UnknownName, WrongUse
from schemas.source import Bodies, Budget, Source
from tasks.pipeline.ingest import ingest_snapshot
from tasks.pipeline.rebuild import rebuild_source
from tasks.pipeline.retract import retract_vintage
from tasks.raw.archive import archived_snapshot, evidence_key
from tasks.raw.body_reader import body_key
from tasks.schema_drift.schema_log import LOG_NAME, SchemaLogFile
from tasks.sources import source_named
from tasks.steps.integrity import raw_problems
from tasks.vault.backends.memory_store import MemoryStore
from tasks.vault.compact import compact_vault
from tasks.vault.garbage import collect_garbage
from tasks.vault.manifest import Retraction, Vintage
from tasks.vault.retraction import commit_retraction
from tasks.vault.states import state_of
from tasks.vault.vault_reader import VaultReader
from tasks.vault.verify import verify_vault
from tests.alerts import read_alerts
from tests.tasks.pipeline.retracted_lakes import (
    AFTER,
    DAY,
    MARKET,
    WRONG,
    Lake,
    assert_same,
    newer,
    rebuild,
    table,
)
from tests.tasks.vault.faults import WRITES, Call, Disturbed, copied, left_alone


def test_every_decision_stays_in_the_commit(begun: Callable[..., Lake]) -> None:
    """Reason, time and name of each; the commit before stays readable whatever is collected."""
    lake = begun("middle", is_wrong=True)
    wrong, before = lake.wrong(), lake.vault.head
    assert before is not None
    summary = lake.retract(f"{wrong}")
    assert (summary.before, summary.number) == (before.number, before.number + 1)
    lake.retract(wrong, undo=True)
    lake.retract(wrong)
    rebuild(lake)
    compact_vault(lake.vault, at=AFTER)
    collect_garbage(lake.vault, at=datetime(2100, 1, 1, tzinfo=UTC), dry_run=False)
    head = lake.vault.head
    assert head is not None
    decided = [(one.id, one.reason, one.by, one.vintage is None) for one in head.retractions]
    assert decided == [(wrong, "a typo", "Kim", is_undone) for is_undone in (False, True, False)]
    assert isinstance(head.retracted[wrong], Vintage)
    old = VaultReader(lake.store, MARKET, number=before.number)
    doses = state_of(old, "allocations", old.find(wrong))["doses_allocated"]
    assert doses.max() == 20_000


def test_what_may_be_held_because_of_it_is_named(begun: Callable[..., Lake]) -> None:
    """A wrong file with more rows makes the right one seem cut off; a person releases it."""
    lake = begun("first", is_wrong=True)
    few = table(8_000, of=9)
    held = [lake.ingest(day, few).outcomes[0] for day in (30, 31)]
    assert [one.verdict for one in held] == ["held", "held"]
    assert lake.retract(lake.wrong()).notes == []
    wrong = lake.vault.find(DAY + timedelta(days=24)).id
    summary = lake.retract(wrong)
    assert len(summary.notes) == len(held)
    for note, one in zip(summary.notes, held, strict=True):
        assert note.startswith(f"{MARKET}: vintage {one.id} is held, perhaps since {wrong}")
        assert note.endswith(f"vaxwatch quarantine release {MARKET} {one.id}")
    assert lake.retract(wrong, undo=True).notes == []


def test_its_alerts_are_superseded_and_come_back(begun: Callable[..., Lake]) -> None:
    """They rest on nothing any more; the summary of the undoing lists them."""
    lake = begun("newest", is_wrong=True)
    wrong, raised = lake.wrong(), read_alerts(lake.store)
    own = {one.fingerprint: one.state for one in raised if one.as_of.day == WRONG + 1}
    assert own
    lake.retract(wrong)
    assert own.keys().isdisjoint(one.fingerprint for one in read_alerts(lake.store))
    back = {one.fingerprint: one.state for one in lake.retract(wrong, undo=True).alerts}
    assert own.items() <= back.items()


def test_no_fetch_is_answered_from_its_bytes(
    httpserver: HTTPServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The publisher is asked with what an earlier vintage had."""
    monkeypatch.setenv("VAXWATCH_ALLOW_PRIVATE", "1")
    source, asked = source_named("undp_vaccine_equity"), list[str | None]()

    def served(request: Request) -> Response:
        asked.append(request.headers.get("If-None-Match"))
        body = Path(f"tests/fixtures/{source.name}/early.csv").read_bytes() + b"\n" * len(asked)
        return Response(body, headers={"ETag": f'"{len(asked)}"'})

    httpserver.expect_request("/a.csv").respond_with_handler(served)
    lake = Lake(MemoryStore(), source, tmp_path)
    for day in (3, WRONG, 17):
        ingest_snapshot(lake.run(day), url=httpserver.url_for("/a.csv"))
        if day == WRONG:
            lake.retract(lake.wrong())
    assert asked == [None, '"1"', '"1"']


def test_undo_needs_the_archived_bytes(begun: Callable[..., Lake]) -> None:
    """Nothing is committed without them; `verify` names them before anybody needs them."""
    lake = begun("middle", is_wrong=True)
    wrong = lake.wrong()
    lake.retract(wrong)
    snapshot = archived_snapshot(lake.store, MARKET, wrong)
    assert snapshot is not None
    head, body = lake.vault.head, body_key(snapshot.bodies[0].sha256)
    for key, where in ((body, body), (evidence_key(snapshot), wrong)):
        lake.store.delete(key)
        [problem] = raw_problems(lake.store, lake.vault, deep=False)
        assert where in problem
        with pytest.raises(Damaged, match=where.rpartition("/")[2]):
            lake.retract(wrong, undo=True)
    assert lake.vault.head == head


def test_bytes_that_cannot_be_read_any_more_stay_retracted(begun: Callable[..., Lake]) -> None:
    """The summary has the sentence, and nothing was committed."""
    lake = begun("middle", is_wrong=True)
    wrong = lake.wrong()
    lake.retract(wrong)

    def parse(_: Bodies) -> dict[str, pl.DataFrame]:
        raise BadBody(MARKET, "a shape of old", "the shape of today", "Mend it.")

    for source in (
        replace(lake.source, parse=parse),
        replace(lake.source, budget=Budget(rows=0, share=0.0), parse=unreadable(lake.source)),
    ):
        head = lake.vault.head
        summary = replace(lake, source=source).retract(wrong, undo=True)
        assert [one.name for one in summary.failed] == [wrong]
        assert (summary.is_failed, summary.number) == (True, summary.before)
        assert lake.vault.head == head


def unreadable(source: Source) -> Callable[[Bodies], Mapping[str, pl.DataFrame]]:
    """Return a parser that finds a word where a figure is expected."""
    return lambda bodies: source.parse({"main": bodies["main"].replace(b"1000\n", b"unknown\n")})


def test_a_run_that_was_killed_after_the_commit_is_finished_by_the_next(
    begun: Callable[..., Lake],
) -> None:
    """Files and alerts follow; `verify` says that they lag."""
    lake, never = begun("middle", is_wrong=True), begun("middle", is_wrong=False)
    decided = Retraction(id=lake.wrong(), at=AFTER, reason="a typo", by=None, vintage=None)
    commit_retraction(lake.vault, decided)
    assert any("does not show commit" in problem for problem in verify_vault(lake.vault))
    for one in (lake, never):
        newer(one)
    assert_same(lake, never)


@pytest.mark.parametrize("undo", [False, True])
def test_a_step_that_is_tried_again_finds_what_it_has_committed(
    begun: Callable[..., Lake], *, undo: bool
) -> None:
    """Whichever write of the vault has its effect and an error: the run ends as it should."""
    lake = begun("middle", is_wrong=True)
    wrong = lake.wrong()
    if undo:
        lake.retract(wrong)
    undisturbed = Disturbed(copied(lake.store), left_alone)
    replace(lake, store=undisturbed).retract(wrong, undo=undo)
    written = {(c.method, c.key) for c in undisturbed.calls if c.is_done and c.method in WRITES}
    for write in [one for one in sorted(written) if "/_vault/" in one[1] and MARKET in one[1]]:
        failing = [write]

        def disturb(call: Call, failing: list[tuple[str, str]] = failing) -> None:
            if call.is_done and (call.method, call.key) in failing:
                failing.clear()
                raise StoreUnavailable(call.key, "no answer")

        store = Disturbed(copied(lake.store), disturb)
        run = replace(lake.run(340), store=store, run_step=at_once)
        summary = retract_vintage(run, wrong, reason="a typo", undo=undo)
        assert (summary.number, summary.before, failing) == (4 + undo, 3 + undo, [])
        again = replace(lake, store=store)
        assert [*again.vault.retracted] == ([] if undo else [wrong])
        assert verify_vault(again.vault, deep=True) == []


def at_once(_: str, step: Callable[[], Any], /) -> Any:
    """Return the result of a step, tried once more after a failure that may pass."""
    try:
        return step()
    except Transient:
        return step()


def test_a_lost_schema_log_is_made_without_it(begun: Callable[..., Lake]) -> None:
    """The record of its schema stays in the archive, and no snapshot is compared with it."""
    lake = begun("other columns", is_wrong=True)
    wrong = lake.wrong()
    assert wrong in SchemaLogFile(lake.store, lake.source).log.read
    lake.retract(wrong)
    lake.store.delete(f"raw/{MARKET}/{LOG_NAME}")
    read = SchemaLogFile(lake.store, lake.source).log.read
    assert (len(read), wrong in read) == (2, False)


def test_wrong_calls_change_nothing(begun: Callable[..., Lake]) -> None:
    """Each is refused with one sentence."""
    lake = begun("middle", is_wrong=True)
    wrong, head = lake.wrong(), lake.vault.head
    with pytest.raises(UnknownName, match="no vintage 'nobody'"):
        lake.retract("nobody")
    with pytest.raises(WrongUse, match=r"is not retracted\. Retracted are: none"):
        lake.retract(wrong, undo=True)
    with pytest.raises(WrongUse, match="--reason is empty"):
        retract_vintage(lake.run(310), wrong, reason=" ")
    assert lake.vault.head == head
    lake.retract(wrong)
    with pytest.raises(WrongUse, match=r"was retracted at .*: a typo\. To undo that: vax"):
        lake.retract(wrong)
    empty = replace(lake, store=MemoryStore())
    for undo in (False, True):
        with pytest.raises(WrongUse, match="has no vintage"):
            empty.retract(wrong, undo=undo)
    only = begun("only", is_wrong=True)
    only.retract(only.wrong())
    with pytest.raises(WrongUse, match="has no vintage"):
        rebuild_source(only.run(320))
