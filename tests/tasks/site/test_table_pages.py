"""Pages of tables, versions and the lake: their numbers are those of the lake, hostile text too."""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import UTC, date, datetime

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from schemas.wording import figure
from tasks.marts.publish_marts import publish_marts
from tasks.site.change_lines import part_text
from tasks.site.overview.front_page import changes_of_week, front_page
from tasks.site.overview.methods_page import methods_pages
from tasks.site.overview.source_pages import source_pages
from tasks.site.overview.status_page import MOST_BESIDE, quality_lines, status_page
from tasks.site.page_file import PageFile
from tasks.site.publish_site import publish_site
from tasks.site.rendering import html_page
from tasks.site.site_content import SiteContent
from tasks.site.tables.figure_steps import figure_steps
from tasks.site.tables.table_files import table_files
from tasks.site.tables.vintage_pages import LAST
from tasks.vault.backends.memory_store import MemoryStore
from tasks.vault.backends.store import Store
from tasks.vault.derived_tables import publish_tables
from tasks.vault.manifest import Retraction
from tasks.vault.retraction import commit_retraction
from tasks.vault.vault_reader import VaultReader
from tests.alerts import CUT as ALERT
from tests.published import NOW, allocations, cases, publish
from tests.thorough import examples

SOURCE, DATASET = "unicef_market", "unicef_market.allocations"
KINDS = (front_page, table_files, source_pages, status_page, methods_pages)
PAGE = "table/unicef_market/allocations/index.html"
"""The page of the table."""
HOSTILE = st.one_of(
    st.text(max_size=300),
    st.sampled_from(
        [
            "<script>alert(1)</script>",
            "\"'><img src=x onerror=alert(1)>",
            "\u202eabc\u2066\u200b",
            "</title><svg onload=a()>",
            "x" * 300,
            "javascript:alert(1)",
            "{{ 7 * 7 }}",
        ]
    ),
)


def content(store: Store) -> SiteContent:
    """Return the content of a lake, its marts up to date."""
    publish_marts(store, at=NOW)
    return SiteContent(store=store, on=date(2022, 6, 1))


def pages(store: Store) -> dict[str, str]:
    """Return every page of the kinds of this module, as text."""
    found = content(store)
    files: Iterator[PageFile] = (one for kind in KINDS for one in kind(found))
    return {one.name: one.render().decode() for one in files}


def filled(*weeks: Mapping[str, int | None], held: int | None = None) -> Store:
    """Return a lake with a version of allocations for each week."""
    store = MemoryStore()
    for week, doses in enumerate(weeks):
        publish(store, SOURCE, "allocations", allocations({**doses}), week=week, held=week == held)
    return store


def steps_of(text: str) -> dict[str, list[list[str | None]]]:
    """Return the steps of a data script, and that it is one statement."""
    assert text.startswith("vaxwatchData = {")
    assert text.endswith(";\n")
    return json.loads(text.removeprefix("vaxwatchData = ").removesuffix(";\n"))["rows"]


CUT = (
    {"PRK": 8_115_600, "GHA": 5_000_000},
    {"PRK": 1_540_800, "GHA": 5_100_000},
    {"GHA": 5_100_000, "KEN": 7},
)
"""A cut, then a withdrawal beside a new country."""


def test_the_numbers_of_a_table_are_those_of_the_lake() -> None:
    """Newest figures, totals, steps of the time machine, and each version."""
    store = filled(*CUT)
    found = pages(store)
    rows = dict(
        re.findall(r'data-row="([\w.]+)">.*?data-value>([^<]*)<', found[PAGE], flags=re.DOTALL)
    )
    assert rows == {
        "GHA.doses_allocated": "5,100,000",
        "KEN.doses_allocated": "7",
        "PRK.doses_allocated": "no figure",
    }
    assert "<b>5,100,007</b>" in found[PAGE]
    steps = steps_of(found["data/table/unicef_market/allocations.js"])
    assert {*steps} == {*rows}
    assert steps["PRK.doses_allocated"] == [
        ["2022-01-03", "8,115,600"],
        ["2022-01-10", "1,540,800"],
        ["2022-01-17", None],
    ]
    vault = VaultReader(store, SOURCE)
    for vintage, doses in zip(vault.vintages("allocations"), CUT, strict=True):
        page = found[f"table/unicef_market/allocations/{vintage.id}.html"]
        _, _, own = page.partition("Figures as of this version")
        for value in doses.values():
            assert f">{figure(value)}</td>" in own, vintage.id


def test_the_front_page_has_the_worst_first_and_withdrawals_with_it() -> None:
    """What changed in the week up to the newest version, with the versions of that week alone."""
    store = filled(*CUT)
    week = changes_of_week(content(store))
    assert not week["is_quiet"]
    assert [(one["iso3"], one["direction"], one["after"]) for one in week["lines"]] == [
        ("PRK", "gone", None)
    ]
    page = pages(store)["index.html"]
    assert "✕ withdrawn" in page
    assert len(page.encode()) < 150_000


def test_a_small_fall_comes_before_a_rise() -> None:
    """A fall below the scale of severities has none, a rise is info: neither is the worse."""
    store = filled({"PRK": 8_115_600, "GHA": 5_000_000}, {"PRK": 8_115_000, "GHA": 9_000_000})
    week = changes_of_week(content(store))
    assert [(one["iso3"], one["severity"]) for one in week["lines"]] == [
        ("PRK", None),
        ("GHA", "info"),
    ]


def test_the_status_page_quotes_some_of_many_alerts_and_counts_the_others() -> None:
    """A table that lost all its figures may have an alert a country."""
    found = content(filled(*CUT))
    found.__dict__["judgements"] = {DATASET: ()}
    found.__dict__["alerts"] = [
        replace(ALERT, fingerprint=f"{number:064x}", sentence=f"Sentence {number}.")
        for number in range(MOST_BESIDE + 194)
    ]
    (line,) = quality_lines(found)
    assert len(line["beside"]) == MOST_BESIDE
    (page,) = (one.render().decode() for one in status_page(found))
    assert page.count("Sentence ") == MOST_BESIDE
    assert 'And 194 more: <a href="../table/unicef_market/allocations/index.html#alerts">' in page


def test_a_quiet_week_shows_the_last_changes_with_their_days() -> None:
    """It says so, and names the week that it shows."""
    store = filled(*CUT[:2])
    for week in range(2, 6):
        publish(store, SOURCE, "allocations", allocations({**CUT[1]}), week=week)
    page = pages(store)["index.html"]
    assert "In the week up to 7 Feb 2022" in page
    assert "the week up to 10 Jan 2022" in page
    assert "1,540,800" in page


def test_the_figures_of_a_held_version_are_not_shown() -> None:
    """The figures are those of the newest version that is not held."""
    store = filled(*CUT[:2], held=1)
    found = pages(store)
    assert "8,115,600" in re.findall(r"data-value>([^<]*)<", found[PAGE])
    held = VaultReader(store, SOURCE).vintages("allocations")[1]
    assert "This version is held" in found[f"table/unicef_market/allocations/{held.id}.html"]


def test_a_figure_first_shown_by_a_held_version_begins_with_the_next_one() -> None:
    """A held version does not date what the next accepted one shows."""
    store = filled({"PRK": 5}, {"PRK": 3}, {"PRK": 3}, held=1)
    found, vault = content(store), VaultReader(store, SOURCE)
    accepted = [one.as_of for one in vault.vintages("allocations") if not one.held]
    steps = figure_steps(found, vault, "allocations", accepted)
    assert steps["as_of"].to_list() == [
        datetime(2022, 1, 3, tzinfo=UTC),
        datetime(2022, 1, 17, tzinfo=UTC),
    ]


def test_a_retracted_version_keeps_its_page_with_day_and_reason() -> None:
    """Its figures are gone from the table, its bytes are not."""
    store = filled(*CUT)
    vault = VaultReader(store, SOURCE)
    wrong = vault.vintages("allocations")[2].id
    reason = "A file of another day, <b>by mistake</b>."
    commit_retraction(
        vault, Retraction(id=wrong, at=NOW, reason=reason, by="anna@example.org", vintage=None)
    )
    publish_tables(VaultReader(store, SOURCE))
    found = pages(store)
    page = found[f"table/unicef_market/allocations/{wrong}.html"]
    assert "This version was retracted on 1 Jun 2022 06:00 UTC by anna@example.org" in page
    assert "&lt;b&gt;by mistake&lt;/b&gt;" in page
    assert "Figures as of this version" not in page
    assert "retracted</span> on 1 Jun 2022" in found[PAGE]


def test_the_page_of_an_old_version_stays_once_it_was_written() -> None:
    """The last ones get a page; a later one takes none away, and no other page is written."""
    store = MemoryStore()
    for week in range(LAST):
        publish(store, SOURCE, "allocations", allocations({"PRK": 1_000 + week}), week=week)
    first = publish_site(store, lambda: content(store), kinds=[table_files])
    publish(store, SOURCE, "allocations", allocations({"PRK": 5}), week=LAST)
    second = publish_site(store, lambda: content(store), kinds=[table_files])
    assert second.removed == []
    assert second.files == first.files + 1
    ids = [one.id for one in VaultReader(store, SOURCE).vintages("allocations")]
    changed = {name for name in second.written if not name.endswith(("index.html", ".js"))}
    assert changed == {f"table/unicef_market/allocations/{one}.html" for one in ids[-2:]}
    assert publish_site(store, lambda: content(store), kinds=[table_files]).written == []


def test_a_table_of_days_shows_the_newest_day_and_no_new_day_as_a_change() -> None:
    """A country that is withdrawn is a change of the week."""
    store = MemoryStore()
    for week in range(3):
        publish(store, "who_cases", "cases", cases(week + 2), week=week)
    page = pages(store)["table/who_cases/cases/index.html"]
    assert "40 by 17 Jan 2022" in page
    assert "No figure of a country changed" in page


@pytest.mark.parametrize("weeks", [(), ({"PRK": 0},), ({"PRK": None},), ({},)])
def test_a_lake_with_little_has_whole_pages(weeks: tuple[Mapping[str, int | None], ...]) -> None:
    """None, one version, zeros only, no figure, no row: twice the same bytes."""
    store = filled(*weeks)
    found = pages(store)
    assert found == pages(store)
    assert {"index.html", "status/index.html", "tables/index.html", "glossary/index.html"} <= {
        *found
    }
    for name, page in found.items():
        assert "None" not in re.sub(r"<[^>]*>", "", page), name


@given(texts=st.lists(HOSTILE, min_size=4, max_size=4))
@settings(max_examples=examples(30), deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_nothing_from_a_source_becomes_markup(texts: list[str]) -> None:
    """Product, part, address and reason are text, without characters that hide or turn it."""
    product, reason, url, name = texts
    line = {
        "iso3": "PRK",
        "measure": "doses_allocated",
        "part": part_text(product),
        "observed_on": None,
        "days": 1,
        "before": 1.0,
        "after": None,
        "rel_change": None,
        "direction": "gone",
        "severity": None,
        "reverted_by": None,
    }
    values = {
        "dataset": DATASET,
        "title": "Allocations",
        "about": [],
        "source": SOURCE,
        "shown_by": name,
        "publisher": name,
        "source_title": name,
        "address": url,
        "attribution": name,
        "licence": name,
        "ended": "",
        "newest": {"id": "x", "as_of": NOW},
        "version": {
            **dict.fromkeys(("rows", "inserted", "updated", "deleted", "quarantined"), 1),
            "id": "x",
            "as_of": NOW,
            "held": False,
            "raw": "raw/x.json",
            "sha256": "0",
        },
        "url": url,
        "is_first": False,
        "retraction": None,
        "around": {"before": None, "after": None},
        "changes": [line],
        "changes_left": 0,
        "figures": [{"iso3": "PRK", "part": reason, "measure": "doses_allocated", "text": product}],
        "figures_left": 0,
        "bodies": [{"name": name, "size": 1, "sha256": "0", "file": "raw/bodies/00/0.zst"}],
    }
    page = html_page("vintage.html", "table/a/b/x.html", **values).decode()
    tags = re.findall(r"<(\w+)", page)
    assert [tags.count(name) for name in ("script", "img", "svg", "iframe", "title")] == [
        *(2, 0, 0, 0, 1)
    ]
    assert not {"\u202e", "\u2066", "\u200b"} & {*page}
