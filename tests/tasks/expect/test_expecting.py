import io
import os
import re
import subprocess
import sys
from dataclasses import replace
from datetime import date, timedelta

import polars as pl
import pytest

from schemas.expectations.judgement import Judgement
from schemas.waivers import Waiver
from tasks.expect.docs import INDEX, page_name
from tasks.expect.expecting import expect
from tasks.expect.results import judged_summary, kept
from tasks.expect.window import window
from tasks.sources import source_named
from tasks.vault.memory import MemoryStore
from tasks.vault.vault import Vault
from tests.published import NOW, allocations, cases, draft, publish

WHO, UNICEF = source_named("who_cases"), source_named("unicef_market")
HOUR = timedelta(hours=1)
KNOWN = Waiver(
    rule="countries_gone",
    dataset="who_cases.*",
    reason="WHO lists it elsewhere from May on.",
    owner="anna@example.org",
    expires=date(2022, 6, 30),
)


@pytest.fixture
def store() -> MemoryStore:
    """Return a lake with ten weeks of cases that are as expected."""
    lake = MemoryStore()
    for week in range(10):
        publish(lake, "who_cases", "cases", cases(week + 10), week=week)
    return lake


def by_name(results: list[Judgement]) -> dict[str, Judgement]:
    """Return results by the name of their expectation."""
    return {one.expectation: one for one in results}


def page(store: MemoryStore, name: str = page_name("who_cases.cases")) -> str:
    """Return a page as text."""
    found = store.get(name)
    assert found is not None
    return found.body.decode()


def test_a_table_that_goes_on_as_before_is_as_expected(store: MemoryStore) -> None:
    """Every expectation that can be judged is met; the rest say why not."""
    came = by_name(expect(store, WHO, at=NOW))
    assert {one.is_met for one in came.values()} == {True, None}
    assert came["rows"].sentence == (
        "About as many rows as before: as expected. Seen: 76 rows; expected: 61 to 93 rows."
    )
    assert came["adds_up_cases"].seen == "100 %"
    assert came["rows"].compared_with == 8
    assert "Too few figures were changed" in came["change_median"].sentence
    assert "As expected" in page(store)


def test_what_is_lost_is_told_and_stays_published(store: MemoryStore) -> None:
    """A country that is gone is named; nothing is held back."""
    publish(store, "who_cases", "cases", cases(20, lost=["PRK"]), week=10)
    came = by_name(expect(store, WHO, at=NOW))
    gone = came["countries_gone"]
    assert gone.is_told
    assert gone.seen == "1 country: Korea, DPR (PRK)"
    assert not came["keys_gone"].is_met
    assert not came["total_cases_cumulative"].is_met
    vault = Vault(store, "who_cases")
    assert vault.find("latest", "cases").id == gone.vintage_id
    assert "Korea, DPR (PRK)" in page(store)
    assert "1 of 1 table is not as expected" in page(store, INDEX)


def test_a_first_vintage_says_that_it_cannot_be_judged() -> None:
    """Nothing passes for the lack of anything to compare it with."""
    lake = MemoryStore()
    publish(lake, "who_cases", "cases", cases(10), week=0)
    came = expect(lake, WHO, at=NOW)
    assert {one.is_met for one in came} == {None}
    assert all("first vintage" in one.sentence for one in came)
    assert "Not judged yet" in page(lake)
    assert "Not judged yet" in page(lake, INDEX)


def test_what_was_judged_is_not_judged_again(store: MemoryStore) -> None:
    """A second run, or one that sees the same table once more, changes nothing."""
    expect(store, WHO, at=NOW)
    before = {name: store.get(name) for name in store.list("")}
    assert expect(store, WHO, at=NOW + HOUR) == []
    assert {name: store.get(name) for name in store.list("")} == before
    publish(store, "who_cases", "cases", cases(19), week=11)
    assert expect(store, WHO, at=NOW + HOUR) == []


def test_results_are_a_dataset_with_a_past(store: MemoryStore) -> None:
    """A row an expectation, each source in its own time, with every version kept."""
    first = expect(store, WHO, at=NOW)
    publish(store, "unicef_market", "allocations", allocations({"PRK": 5}), week=0)
    other = expect(store, UNICEF, at=NOW + HOUR)
    publish(store, "who_cases", "cases", cases(20), week=10)
    again = expect(store, WHO, at=NOW + 2 * HOUR)
    assert sorted(kept(store), key=lambda one: one.dataset) == sorted(
        [*other, *again], key=lambda one: (one.dataset, one.expectation)
    )
    vault = Vault(store, "quality")
    assert vault.key("results") == ("dataset", "expectation")
    oldest = vault.state("results", vault.vintages()[0])
    assert oldest["sentence"].to_list() == [
        one.sentence for one in sorted(first, key=lambda one: one.expectation)
    ]
    assert vault.verify(deep=True) == []
    history = store.get("quality/results/history.parquet")
    assert history is not None
    learnt = pl.read_parquet(io.BytesIO(history.body))
    assert set(learnt["valid_from"]) == {NOW, NOW + HOUR, NOW + 2 * HOUR}


def test_a_waiver_marks_what_is_left_as_it_is(store: MemoryStore) -> None:
    """It is no longer told, and stays to be seen, with reason, owner and end."""
    publish(store, "who_cases", "cases", cases(20, lost=["PRK"]), week=10)
    gone = by_name(expect(store, WHO, at=NOW, waivers=[KNOWN]))["countries_gone"]
    assert gone.is_met is False
    assert not gone.is_told
    assert (gone.waived_by, gone.waived_until) == (KNOWN.owner, KNOWN.expires)
    assert "Left as it is until 30 Jun 2022 by anna@example.org: WHO lists it" in page(store)


def test_what_is_met_needs_no_waiver(store: MemoryStore) -> None:
    """A waiver is for what is not as expected, and marks nothing else."""
    came = expect(store, WHO, at=NOW, waivers=[replace(KNOWN, rule="*")])
    assert {one.waived_by for one in came} == {None}


def test_a_waiver_that_begins_or_ends_is_seen_at_the_next_run(store: MemoryStore) -> None:
    """The table is judged anew, though nothing new was published."""
    publish(store, "who_cases", "cases", cases(20, lost=["PRK"]), week=10)
    assert by_name(expect(store, WHO, at=NOW))["countries_gone"].is_told
    waived = expect(store, WHO, at=NOW + HOUR, waivers=[KNOWN])
    assert not by_name(waived)["countries_gone"].is_told
    assert expect(store, WHO, at=NOW + 2 * HOUR, waivers=[KNOWN]) == []
    late = NOW + timedelta(days=30)
    assert by_name(expect(store, WHO, at=late, waivers=[KNOWN]))["countries_gone"].is_told


def test_a_run_that_was_killed_is_mended_by_the_next_one(store: MemoryStore) -> None:
    """An index that was not written any more is written then."""
    expect(store, WHO, at=NOW)
    whole = page(store, INDEX)
    store.delete(INDEX)
    assert expect(store, WHO, at=NOW + HOUR) == []
    assert page(store, INDEX) == whole


@pytest.mark.parametrize("week", [0, 4])
def test_an_older_vintage_that_comes_late_is_taken_into_account(week: int) -> None:
    """A backfill gives a first vintage its past, and fills a gap that was told."""
    lake = MemoryStore()
    before = () if week == 0 else (0, 1, 2)
    for known in (*before, 6):
        publish(lake, "who_cases", "cases", cases(known + 10), week=known)
    came = by_name(expect(lake, WHO, at=NOW))
    assert came["gap"].is_met is (False if before else None)
    publish(lake, "who_cases", "cases", cases(week + 10), week=week)
    again = by_name(expect(lake, WHO, at=NOW + HOUR))
    assert again["rows"].compared_with == len(before) + 1
    assert again["gap"].seen == ("14 days" if before else "42 days")
    assert expect(lake, WHO, at=NOW + 2 * HOUR) == []


def test_a_held_vintage_that_is_released_is_judged(store: MemoryStore) -> None:
    """It is what `latest` shows from then on."""
    expect(store, WHO, at=NOW)
    publish(store, "who_cases", "cases", cases(20, lost=["PRK"]), week=10, held=True)
    assert expect(store, WHO, at=NOW + HOUR) == []
    vault = Vault(store, "who_cases")
    held = vault.vintages()[-1].id
    assert vault.release(held, at=NOW)
    came = by_name(expect(store, WHO, at=NOW + 2 * HOUR))
    assert came["countries_gone"].vintage_id == held
    assert came["countries_gone"].is_told


def test_a_bound_that_was_mended_is_asked_again(store: MemoryStore) -> None:
    """What is told is told by what is expected today."""
    expect(store, WHO, at=NOW)
    assert expect(store, replace(WHO, cadence=timedelta(days=1)), at=NOW + HOUR)


def test_a_table_without_a_row_is_not_judged_every_time() -> None:
    """A source may declare what it has not published yet; nothing heavy is imported for it."""
    lake = MemoryStore()
    publish(lake, "who_cases", "cases", cases(10).head(0), week=0)
    assert window(Vault(lake, "who_cases"), "cases") == []
    assert expect(lake, WHO, at=NOW) == []


def test_a_rebuilt_table_is_judged_anew(store: MemoryStore) -> None:
    """The same vintage that says something else now is another thing to judge."""
    came = expect(store, WHO, at=NOW)
    tables = [cases(week + 10, each=11) for week in range(10)]
    drafts = [draft("who_cases", "cases", table, week=week) for week, table in enumerate(tables)]
    Vault(store, "who_cases").rebuild(drafts, at=NOW)
    again = expect(store, WHO, at=NOW + HOUR)
    assert again[0].vintage_id == came[0].vintage_id
    assert again[0].state != came[0].state


def test_nothing_heavy_is_imported_for_nothing() -> None:
    """Great Expectations costs seconds, which only something to judge is worth."""
    code = (
        "import sys\n"
        "from datetime import datetime, UTC\n"
        "from tasks.expect.expecting import expect\n"
        "from tasks.sources import source_named\n"
        "from tasks.vault.memory import MemoryStore\n"
        "expect(MemoryStore(), source_named('who_cases'), at=datetime(2022, 1, 1, tzinfo=UTC))\n"
        "print({'great_expectations', 'pandas'} & set(sys.modules))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, env={**os.environ}
    )
    assert done.stdout.strip() == "set()"


def test_the_library_keeps_quiet(
    store: MemoryStore, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    """In a run's log, and on the terminal, is what the run has to say."""
    with caplog.at_level("INFO"):
        expect(store, WHO, at=NOW)
    assert caplog.messages == []
    assert capfd.readouterr() == ("", "")


def test_what_is_told_in_a_run_names_table_and_figures(store: MemoryStore) -> None:
    """A note stands among those of other tables, and is enough to act on; the page is named."""
    publish(store, "who_cases", "cases", cases(20, lost=["PRK"]), week=10)
    came = expect(store, WHO, at=NOW, waivers=[replace(KNOWN, rule="[!c]*")])
    summary = judged_summary("s3://bucket/lake", came)
    assert summary["unmet"] == [
        {
            "dataset": "who_cases.cases",
            "expectation": "countries_gone",
            "sentence": (
                "who_cases.cases is published, but look: None of the countries is gone? "
                "Seen: 1 country: Korea, DPR (PRK); expected: none."
            ),
        }
    ]
    assert summary["data_docs"] == ["s3://bucket/lake/data-docs/who_cases/cases.html"]


def test_a_page_asks_nobody_for_anything(store: MemoryStore) -> None:
    """No address of another host, no script, no inline style, and a policy that forbids them."""
    expect(store, WHO, at=NOW)
    names = [name for name in store.list("data-docs/") if name.endswith(".html")]
    assert names == ["data-docs/index.html", "data-docs/who_cases/cases.html"]
    for name in names:
        html = page(store, name)
        assert "default-src 'none'" in html
        assert not re.findall(r"<script|<style|style=|\bon\w+=|@import|url\(", html)
        links = re.findall(r'(?:href|src)="([^"]*)"', html)
        assert links
        assert not [link for link in links if ":" in link or link.startswith("/")]
    assert "url(" not in page(store, "data-docs/assets/style.css")


def test_words_of_others_are_words_on_a_page(store: MemoryStore) -> None:
    """What a publisher calls itself, or a waiver says, is never markup."""
    publish(store, "who_cases", "cases", cases(20, lost=["PRK"]), week=10)
    hostile = "<img src=x onerror=alert(1)>"
    expect(
        store,
        replace(WHO, title=hostile, publisher=hostile),
        at=NOW,
        waivers=[replace(KNOWN, reason=hostile)],
    )
    html = page(store)
    assert "<img" not in html
    assert html.count("&lt;img src=x onerror=alert(1)&gt;") == 3
