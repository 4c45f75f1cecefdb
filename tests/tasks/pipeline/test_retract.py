"""A retracted vintage is as one that never was, and one that is back as one that always was."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime

import pytest

from schemas.errors import WrongUse
from tasks.origins import plan
from tasks.pipeline.backfill import wanted
from tasks.pipeline.recovery import publish_uncommitted
from tasks.pipeline.replay import replay_quarantine
from tasks.quarantine.record_quarantine import quarantine_of
from tasks.steps.integrity import uncommitted
from tasks.vault.compact import compact_vault
from tasks.vault.garbage import collect_garbage
from tasks.vault.verify import repair_vault
from tests.tasks.pipeline.retracted_lakes import (
    BETTER,
    CASES,
    CUT,
    MARKET,
    OTHER,
    WRONG,
    Lake,
    assert_same,
    newer,
    rebuild,
)
from tests.thorough import thorough

pytestmark = pytest.mark.long


def nothing(_: Lake) -> None:
    """Nothing happens later."""


def newer_alike(lake: Lake) -> None:
    """The bytes of the wrong snapshot come again, later."""
    lake.ingest(100, next(b[WRONG] for n, b in CASES.values() if n == lake.source.name))


def older(lake: Lake) -> None:
    """Older snapshots come, before and after the wrong one."""
    lake.ingest(1, OTHER[lake.source.name], late=True)
    lake.ingest(12, OTHER[lake.source.name], late=True)


def replay(lake: Lake) -> None:
    """What waits in quarantine is read again."""
    if not quarantine_of(lake.store).filter(state="quarantined").is_empty():
        replay_quarantine(lake.run(320))


def upkeep(lake: Lake) -> None:
    """Everything that needs no new snapshot, twice."""
    for _ in range(2):
        publish_uncommitted(lake.run(320), every=True)
        compact_vault(lake.vault, at=lake.run(321).at)
        collect_garbage(lake.vault, at=datetime(2100, 1, 1, tzinfo=UTC), dry_run=False)
        repair_vault(lake.vault, at=lake.run(322).at)
        newer(lake)


def superseded(lake: Lake) -> None:
    """Another snapshot is replaced."""
    newer(lake)
    lake.ingest(100, BETTER[lake.source.name], supersede=True)


LATER = (nothing, newer, newer_alike, older, rebuild, replay, upkeep, superseded)
FEW = ("same as before", "first", "a table of its own", "newest", "held", "other columns")
FEW += ("in quarantine", "slice")
"""The cases of a quick run: each with another event."""


def _marks(case: str, distance: int) -> Sequence[pytest.MarkDecorator]:
    if distance % len(LATER):
        return [pytest.mark.slow]
    return [] if case in FEW else [pytest.mark.thorough]


MATRIX = [
    pytest.param(case, later, marks=_marks(case, row - column))
    for row, case in enumerate(CASES)
    for column, later in enumerate(LATER)
    # what repeats the bytes before it has no schema of its own, also once another one is between
    if (case, later) != ("columns that stay", older)
]
"""Of the pairs, `make test` runs as many as show each later event, CI also each case."""


@pytest.mark.parametrize(("case", "later"), MATRIX)
def test_it_is_as_if_it_never_was_and_comes_back(
    begun: Callable[..., Lake], case: str, later: Callable[[Lake], None]
) -> None:
    """Whatever its place and whatever follows; and back, as if nothing had happened."""
    lake, never = begun(case, is_wrong=True), begun(case, is_wrong=False)
    always, wrong = lake.copy(), lake.wrong()
    lake.retract(wrong)
    for one in (lake, never):
        later(one)
    assert_same(lake, never)
    lake.retract(wrong, undo=True)
    later(always)
    assert_same(lake, always)


@pytest.mark.parametrize(
    "case", ["middle", "slice", *map(thorough, ("only", "newest", "in quarantine"))]
)
def test_the_same_bytes_again_stay_retracted(begun: Callable[..., Lake], case: str) -> None:
    """No way in brings it back, and the note of an ingest says what does."""
    name, bodies = CASES[case]
    lake, never = begun(case, is_wrong=True), begun(case, is_wrong=False)
    wrong = lake.wrong()
    lake.retract(wrong)
    number = lake.vault.head
    for supersede in (False, True):
        summary = lake.ingest(WRONG, bodies[WRONG], supersede=supersede)
        [outcome] = summary.outcomes
        assert (outcome.id, outcome.verdict) == (wrong, "known")
        assert f"vaxwatch retract {name} {wrong} --undo" in outcome.notes[0]
        assert "a typo" in outcome.notes[0]
        assert not summary.needs_attention
    assert lake.vault.head == number
    offered = plan(name, "raw", store=lake.store)
    for policy in ("missing", "failed"):
        assert wanted(lake.store, lake.source, offered, policy=policy) == []
    assert list(uncommitted(lake.store, lake.vault)) == []
    assert_same(lake, never)


@pytest.mark.parametrize("case", ["middle", *map(thorough, ("only", "newest", "slice"))])
def test_other_bytes_of_its_time_are_accepted(begun: Callable[..., Lake], case: str) -> None:
    """The right file takes the place; the wrong one comes back only once that is free again."""
    lake, never = begun(case, is_wrong=True), begun(case, is_wrong=False)
    wrong = lake.wrong()
    lake.retract(wrong)
    for one in (lake, never):
        one.ingest(WRONG, OTHER[one.source.name])
    assert_same(lake, never)
    right = lake.wrong()
    with pytest.raises(WrongUse, match=f"{right} has its time by now"):
        lake.retract(wrong, undo=True)
    lake.retract(right)
    assert lake.retract(wrong, undo=True).outcomes[0].id == wrong
    assert_same(lake, begun(case, is_wrong=True))


def test_what_was_superseded_does_not_come_back_by_itself(begun: Callable[..., Lake]) -> None:
    """The vintage that replaced it is retracted: the time has none until a person says which."""
    lake = begun("middle", is_wrong=True)
    first = lake.wrong()
    lake.ingest(WRONG, OTHER[MARKET], supersede=True)
    lake.retract(lake.wrong())
    assert publish_uncommitted(lake.run(320), every=True) == []
    [outcome] = lake.ingest(WRONG, CUT).outcomes
    assert (outcome.id, outcome.verdict) == (first, "new")
