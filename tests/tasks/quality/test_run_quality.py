import io
import re
from dataclasses import replace

import polars as pl
import pytest

from tasks.quality.data_docs import INDEX
from tasks.quality.results import read_results
from tasks.quality.run_quality import check_quality
from tasks.runs.run_context import RunContext
from tasks.sources import source_named
from tasks.steps.after_publishing import quality_report
from tasks.vault.backends.memory_store import MemoryStore
from tasks.vault.manifest import Retraction
from tasks.vault.retraction import commit_retraction
from tasks.vault.states import state_of
from tasks.vault.vault_reader import VaultReader
from tasks.vault.verify import verify_vault
from tests.published import NOW, allocations, cases, publish
from tests.tasks.quality.conftest import HOUR, KNOWN, WHO, by_name, page

UNICEF = source_named("unicef_market")


def test_a_table_that_goes_on_as_before_is_as_expected(store: MemoryStore) -> None:
    """Every expectation that can be judged is met; the rest say why not."""
    came = by_name(check_quality(store, WHO, at=NOW))
    assert {one.is_met for one in came.values()} == {True, None}
    assert came["rows"].sentence == (
        "About as many rows as before: as expected. Seen: 76 rows; expected: 61 to 93 rows."
    )
    assert came["adds_up_cases"].seen == "100 %"
    assert came["rows"].compared_with == 8
    assert "Too few figures were changed" in came["change_median"].sentence
    assert "As expected" in page(store)


def test_a_loss_is_reported_and_stays_published(store: MemoryStore) -> None:
    """A country that is gone is named; nothing is held back."""
    publish(store, "who_cases", "cases", cases(20, lost=["PRK"]), week=10)
    came = by_name(check_quality(store, WHO, at=NOW))
    gone = came["countries_gone"]
    assert gone.needs_attention
    assert gone.seen == "1 country: Korea, DPR (PRK)"
    assert not came["keys_gone"].is_met
    assert not came["total_cases_cumulative"].is_met
    vault = VaultReader(store, "who_cases")
    assert vault.find("latest", "cases").id == gone.vintage_id
    assert "Korea, DPR (PRK)" in page(store)
    assert "1 of 1 table is not as expected" in page(store, INDEX)


def test_a_first_vintage_cannot_be_judged() -> None:
    """Nothing passes for the lack of anything to compare it with."""
    lake = MemoryStore()
    publish(lake, "who_cases", "cases", cases(10), week=0)
    came = check_quality(lake, WHO, at=NOW)
    assert {one.is_met for one in came} == {None}
    assert all("first vintage" in one.sentence for one in came)
    assert "Not judged yet" in page(lake)
    assert "Not judged yet" in page(lake, INDEX)


def test_results_are_a_dataset_with_a_past(store: MemoryStore) -> None:
    """A row an expectation, each source in its own time, with every version kept."""
    first = check_quality(store, WHO, at=NOW)
    publish(store, "unicef_market", "allocations", allocations({"PRK": 5}), week=0)
    other = check_quality(store, UNICEF, at=NOW + HOUR)
    publish(store, "who_cases", "cases", cases(20), week=10)
    again = check_quality(store, WHO, at=NOW + 2 * HOUR)
    assert sorted(read_results(store), key=lambda one: one.dataset) == sorted(
        [*other, *again], key=lambda one: (one.dataset, one.expectation)
    )
    vault = VaultReader(store, "quality")
    assert vault.key("results") == ("dataset", "expectation")
    oldest = state_of(vault, "results", vault.vintages()[0])
    assert oldest["sentence"].to_list() == [
        one.sentence for one in sorted(first, key=lambda one: one.expectation)
    ]
    assert verify_vault(vault, deep=True) == []
    history = store.get("quality/results/history.parquet")
    assert history is not None
    learnt = pl.read_parquet(io.BytesIO(history.body))
    assert set(learnt["valid_from"]) == {NOW, NOW + HOUR, NOW + 2 * HOUR}


def test_a_waiver_marks_what_is_left_as_it_is(store: MemoryStore) -> None:
    """It is no longer reported, but still shown with reason, owner and end."""
    publish(store, "who_cases", "cases", cases(20, lost=["PRK"]), week=10)
    gone = by_name(check_quality(store, WHO, at=NOW, waivers=[KNOWN]))["countries_gone"]
    assert gone.is_met is False
    assert not gone.needs_attention
    assert (gone.waived_by, gone.waived_until) == (KNOWN.owner, KNOWN.expires)
    assert "Left as it is until 30 Jun 2022 by anna@example.org: WHO lists it" in page(store)


def test_what_is_met_needs_no_waiver(store: MemoryStore) -> None:
    """A waiver is for what is not as expected, and marks nothing else."""
    came = check_quality(store, WHO, at=NOW, waivers=[replace(KNOWN, rule="*")])
    assert {one.waived_by for one in came} == {None}


def test_the_library_keeps_quiet(
    store: MemoryStore, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    """In a run's log, and on the terminal, is what the run has to say."""
    with caplog.at_level("INFO"):
        check_quality(store, WHO, at=NOW)
    assert caplog.messages == []
    assert capfd.readouterr() == ("", "")


def test_a_notice_names_table_and_figures(store: MemoryStore) -> None:
    """A note stands among those of other tables, and is enough to act on; the page is named."""
    publish(store, "who_cases", "cases", cases(20, lost=["PRK"]), week=10)
    waivers = (replace(KNOWN, rule="[!c]*"),)
    run = RunContext(store=store, source=WHO, at=NOW, waivers=waivers)
    summary = quality_report(run).document()
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
    assert summary["data_docs"] == [f"{store.uri}/data-docs/who_cases/cases.html"]


def test_a_page_asks_nobody_for_anything(store: MemoryStore) -> None:
    """No address of another host, no script, no inline style, and a policy that forbids them."""
    check_quality(store, WHO, at=NOW)
    names = [name for name in store.list("data-docs/") if name.endswith(".html")]
    assert names == ["data-docs/index.html", "data-docs/who_cases/cases.html"]
    for name in names:
        html = page(store, name)
        assert "default-src 'none'" in html
        assert not re.findall(r"<(h\d|p|b|dt|dd|th|td)[^>]*>\s*</\1>", html)
        assert not re.findall(r"<script|<style|style=|\bon\w+=|@import|url\(", html)
        links = re.findall(r'(?:href|src)="([^"]*)"', html)
        assert links
        assert not [link for link in links if ":" in link or link.startswith("/")]
    assert "url(" not in page(store, "data-docs/assets/style.css")


def test_words_of_others_are_words_on_a_page(store: MemoryStore) -> None:
    """What a publisher calls itself, or a waiver says, is never markup."""
    publish(store, "who_cases", "cases", cases(20, lost=["PRK"]), week=10)
    hostile = "<img src=x onerror=alert(1)>"
    check_quality(
        store,
        replace(WHO, title=hostile, publisher=hostile),
        at=NOW,
        waivers=[replace(KNOWN, reason=hostile)],
    )
    html = page(store)
    assert "<img" not in html
    assert html.count("&lt;img src=x onerror=alert(1)&gt;") == 3


def test_what_was_judged_and_is_retracted_has_no_result() -> None:
    """The one before is judged again; without any there are neither results nor pages."""
    lake = MemoryStore()
    for week in range(2):
        publish(lake, "who_cases", "cases", cases(week + 10), week=week)
    check_quality(lake, WHO, at=NOW)
    vault = VaultReader(lake, "who_cases")
    for left in (1, 0):
        name = vault.vintages()[-1].id
        decided = Retraction(id=name, at=NOW, reason="a typo", by=None, vintage=None)
        commit_retraction(vault, decided)
        check_quality(lake, WHO, at=NOW)
        results = read_results(lake)
        assert {one.vintage_id for one in results} == {one.id for one in vault.vintages()}
        assert len(list(lake.list("data-docs/who_cases/"))) == left
        assert (lake.get(INDEX) is None) == (left == 0)
