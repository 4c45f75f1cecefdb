"""Held vintages that are released, because the page shows the same again and again."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import polars as pl
import pycountry
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.records import Fetched, Outcome
from schemas.source import Bodies
from tasks.alerts.update_alerts import update_alerts
from tasks.pipeline.release import release
from tasks.raw.archive import archive_snapshot
from tasks.runs.run_context import RunContext
from tasks.steps.parse import parse_fetched
from tasks.steps.publish import commit
from tasks.vault.backends.memory_store import MemoryStore
from tasks.vault.vault_reader import VaultReader
from tasks.web.fetch import from_file
from tests.alerts import read_alerts
from tests.tasks.acceptance.bodies import DAY
from tests.tasks.publisher import DOSES, whole
from tests.tasks.vault.proof.operations import slow
from tests.thorough import examples

CODES = sorted(country.alpha_3 for country in pycountry.countries)
WHOLE, PART, LESS = 120, 60, 30


def body(rows: int, day: int = 0) -> bytes:
    """Return the page with the first so many countries; figures grow by the day."""
    lines = [f"{code},{1_000_000 + 1_000 * day}" for code in CODES[:rows]]
    return "\n".join(["iso3,doses", *lines, ""]).encode()


def snapshot(folder: Path, day: int, rows: int) -> Fetched:
    """Return the page of that day with so many countries."""
    path = folder / f"{day}.csv"
    path.write_bytes(body(rows, day))
    return from_file(DOSES, path, retrieved_at=DAY + timedelta(days=day))


def take(lake: MemoryStore, folder: Path, pages: Sequence[tuple[int, int]]) -> list[Outcome]:
    """Publish pages (day, countries) together."""
    fetched = [snapshot(folder, day, rows) for day, rows in pages]
    for one in fetched:
        archive_snapshot(lake, one)
    return commit(lake, DOSES, [parse_fetched(DOSES, one) for one in fetched], at=DAY)


def held(lake: MemoryStore) -> list[bool]:
    """Return which vintages are held, by time."""
    return [one.held for one in VaultReader(lake, DOSES.name).vintages()]


def verdicts(folder: Path, pages: Sequence[int], *, sizes: Sequence[int]) -> list[bool]:
    """Return which pages are held in the end, published in portions of these sizes."""
    lake, days = MemoryStore(), list(enumerate(pages))
    for size in sizes:
        portion, days = days[:size], days[size:]
        if portion:
            take(lake, folder, portion)
    if days:
        take(lake, folder, days)
    return held(lake)


def test_the_third_that_agrees_releases_what_was_held(tmp_path: Path) -> None:
    """`latest` shows it, its note says so, and the earlier ones are held no more."""
    lake = MemoryStore()
    outcomes = [
        take(lake, tmp_path, [(day, rows)])[0]
        for day, rows in enumerate([WHOLE, PART, PART, PART, PART])
    ]
    assert [one.verdict for one in outcomes] == ["new", "held", "held", "held", "new"]
    assert held(lake) == [False] * 5
    [note] = outcomes[-1].notes
    assert note.startswith(f"{outcomes[1].id}, {outcomes[2].id}, {outcomes[3].id} were held")
    assert VaultReader(lake, DOSES.name).find("latest").id == outcomes[-1].id


@pytest.mark.parametrize(
    ("pages", "expected"),
    [
        ([WHOLE, PART, PART, PART], [0, 1, 1, 1]),
        ([WHOLE, PART, PART, WHOLE, PART], [0, 1, 1, 0, 1]),
        ([WHOLE, PART, LESS, PART, LESS], [0, 1, 1, 1, 1]),
        ([WHOLE, PART, LESS, LESS, LESS, LESS], [0, 1, 0, 0, 0, 0]),
        ([WHOLE, LESS, LESS, LESS, LESS + 20], [0, 0, 0, 0, 0]),
        ([WHOLE, LESS, LESS, LESS, PART], [0, 1, 1, 1, 1]),
        ([WHOLE, 1, 1, 1, PART], [0, 1, 1, 1, 1]),
        ([WHOLE, 4, 3, 2, 1], [0, 1, 1, 1, 1]),
    ],
    ids=[
        "two agree",
        "back in between",
        "they differ",
        "the later ones agree",
        "it grows",
        "another page that has all of their rows",
        "another page, after single rows",
        "too few rows to judge, and others each time",
    ],
)
def test_what_is_not_borne_out_stays_held(
    tmp_path: Path, pages: Sequence[int], expected: Sequence[int]
) -> None:
    """Two are not enough, and neither is a page that shows something else each time."""
    assert verdicts(tmp_path, pages, sizes=[1] * len(pages)) == [bool(one) for one in expected]


@settings(max_examples=examples(5), deadline=None)
@given(
    pages=st.lists(st.sampled_from([WHOLE, PART, LESS]), min_size=4, max_size=9),
    sizes=st.lists(st.integers(1, 4), max_size=5),
)
def test_portions_of_a_backfill_do_not_matter(
    tmp_path_factory: pytest.TempPathFactory, pages: Sequence[int], sizes: Sequence[int]
) -> None:
    """One by one, all at once, and anything between give the same vintages."""
    folder = tmp_path_factory.mktemp("pages")
    one_by_one = verdicts(folder, pages, sizes=[1] * len(pages))
    assert verdicts(folder, pages, sizes=sizes) == one_by_one
    assert verdicts(folder, pages, sizes=[]) == one_by_one


@pytest.mark.parametrize("before", [1, 31, slow(62)])
def test_a_run_may_lie_across_sealed_pages(tmp_path: Path, before: int) -> None:
    """The list of vintages is sealed in pages; released ones are found in all of them."""
    lake = MemoryStore()
    take(lake, tmp_path, [(day, WHOLE) for day in range(before)])
    for day in range(before, before + 4):
        take(lake, tmp_path, [(day, PART)])
    assert held(lake) == [False] * (before + 4)


def test_a_page_that_has_a_table_only_now_and_then_is_compared(tmp_path: Path) -> None:
    """A held version without the table says nothing about one that has it."""

    def parse(bodies: Bodies) -> dict[str, pl.DataFrame]:
        tables = whole(bodies)
        return tables if b"1000000" in bodies["main"] else {"allocations": tables["allocations"]}

    source = replace(DOSES, parse=parse, may_lack=frozenset({"deliveries"}))
    lake = MemoryStore()
    days = [(0, WHOLE), (1, PART), (2, PART), (3, PART), (0, PART)]
    fetched = [
        replace_time(snapshot(tmp_path, day, rows), place) for place, (day, rows) in enumerate(days)
    ]
    outcomes = commit(lake, source, [parse_fetched(source, one) for one in fetched], at=DAY)
    assert [one.verdict for one in outcomes] == ["new", "held", "held", "held", "held"]


def replace_time(fetched: Fetched, day: int) -> Fetched:
    """Return a fetched page as one of another day."""
    at = DAY + timedelta(days=day)
    return replace(fetched, snapshot=replace(fetched.snapshot, retrieved_at=at))


def test_the_alerts_are_those_of_a_release_by_hand(tmp_path: Path) -> None:
    """Each at its own time, and the alert on the hold is superseded."""

    def alerts(*, by_hand: bool) -> list[tuple[object, ...]]:
        lake = MemoryStore()
        for day, rows in enumerate([WHOLE, PART, PART, PART]):
            take(lake, tmp_path, [(day, rows)])
            update_alerts(
                VaultReader(lake, DOSES.name), DOSES, at=now(day), origin="live", in_force=()
            )
        for one in VaultReader(lake, DOSES.name).vintages()[1:] if by_hand else ():
            run = RunContext(store=lake, source=DOSES, at=now(3), check_quality=False)
            release(run, one.id)
        take(lake, tmp_path, [(4, PART)])
        update_alerts(VaultReader(lake, DOSES.name), DOSES, at=now(4), origin="live", in_force=())
        assert held(lake) == [False] * 5
        return [(a.fingerprint, a.state, a.sentence, a.as_of) for a in read_alerts(lake)]

    found = alerts(by_hand=False)
    assert found
    assert not [sentence for _, _, sentence, _ in found if "held back" in str(sentence)]
    assert sorted(found) == sorted(alerts(by_hand=True))


def now(day: int) -> datetime:
    """Return an instant of that day."""
    return DAY + timedelta(days=day, hours=1)
