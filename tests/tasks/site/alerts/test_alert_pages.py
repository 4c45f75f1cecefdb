"""Pages of alerts, rendered from alert logs made by hand."""

import re
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from schemas.alerts import AlertEvent
from tasks.alerts.published_alerts import publish_alerts
from tasks.marts.publish_marts import publish_marts
from tasks.site.addresses import alert_page
from tasks.site.alerts.alert_list import alert_list
from tasks.site.alerts.alert_pages import alert_pages
from tasks.site.alerts.history_chart import chart_of, history_of
from tasks.site.site_content import SiteContent
from tasks.vault.backends.memory_store import MemoryStore
from tests.alert_entries import alert_event, append, fingerprint

HOSTILE = "<script>alert(1)</script> \u202e\"'& " + "x" * 300
HISTORY = [["2021-12-23T00:00:00+00:00", 8_115_600], ["2022-02-10T00:00:00+00:00", 1_540_800]]
VINTAGE = {"id": "20220210T000000Z-00000000", "source_url": "javascript:alert(1)"}


def pages(*events: AlertEvent) -> dict[str, str]:
    """Return the pages of a lake with these events, one entry each, by name."""
    store = MemoryStore()
    for event in events:
        append(store, event, origin=event.origin)
    publish_alerts(store, on=date(2022, 6, 1))
    publish_marts(store, at=datetime(2022, 6, 1, tzinfo=UTC))
    content = SiteContent(store=store, on=date(2022, 6, 1))
    files = [*alert_pages(content), *alert_list(content)]
    return {one.name: one.render().decode() for one in files}


def action(kind: Any, **evidence: Any) -> AlertEvent:
    """Return what a person did about the alert named cut."""
    own = {"by": "anna", "at": "2022-02-11T09:00:00+00:00", "reason": HOSTILE, "until": None}
    return alert_event("cut", kind, evidence={**own, "url": "javascript:alert(1)", **evidence})


def test_a_page_has_the_sentence_the_figures_and_the_decision_of_a_person() -> None:
    """Nothing in it is markup of a source or of a person, and no address is a script."""
    cut = alert_event("cut", sentence=HOSTILE, evidence={"history": HISTORY, "vintage": VINTAGE})
    page = pages(cut, action("acknowledged"))[alert_page(fingerprint("cut"))]
    assert "8,115,600 → 1,540,800 (" in page
    assert "&lt;script&gt;" in page
    assert "\\u202e" in page
    assert "anna: " in page
    assert "Open, and a person has taken note of it." in page
    assert "<script>alert" not in page
    assert 'href="javascript' not in page
    assert "\u202e" not in page


@pytest.mark.parametrize(
    ("unit", "shown"), [("rows", "Rows"), ("countries", "Countries on the newest day")]
)
def test_the_page_of_an_alert_on_a_table_has_its_numbers_by_version(unit: str, shown: str) -> None:
    """No figure of the table is named: what is counted are its rows, or countries."""
    evidence = {"history": HISTORY, "vintage": VINTAGE, "unit": unit}
    jump = alert_event("jump", rule="R17", key={}, column=None, evidence=evidence)
    page = pages(jump)[alert_page(fingerprint("jump"))]
    assert f"{shown} by version: 23 Dec 2021 8,115,600" in page
    assert f"{shown} as each version showed it" in page


def test_rows_that_the_lake_has_lost_are_a_sentence() -> None:
    """The page is there all the same."""
    page = pages(alert_event("cut"))[alert_page(fingerprint("cut"))]
    assert "The rows cannot be quoted: The lake has no evidence of the fetch" in page


def test_a_superseded_alert_keeps_a_short_page() -> None:
    """It says that it no longer holds, and why; recorded again, it has its page again."""
    gone = alert_event("cut", "superseded", sentence="It fell. Superseded: the thresholds changed.")
    name = alert_page(fingerprint("cut"))
    short = pages(alert_event("cut"), gone)
    assert "This alert no longer holds" in short[name]
    assert "the thresholds changed" in short[name]
    assert "No longer hold: 1" in short["alerts/index.html"]
    again = pages(alert_event("cut"), gone, alert_event("cut"))
    assert "This alert no longer holds" not in again[name]
    assert again[name].count('<td data-label="Event">') == 3


def test_the_list_has_open_ones_first_and_parts_inside_their_group() -> None:
    """Within a state the worst come first; rules on trial are not shown."""
    trial = alert_event("trial")
    object.__setattr__(trial, "origin", "shadow")
    found = pages(
        alert_event("low", severity="low"),
        alert_event("undone"),
        alert_event("undone", "reverted"),
        alert_event("many", severity="high", rule="R17", key={}),
        alert_event("part", group="many"),
        trial,
    )
    page = found["alerts/index.html"]
    order = ["showed the many", "showed the part", "showed the low", "showed the undone"]
    assert sorted(order, key=page.index) == order
    assert "trial" not in page
    assert alert_page(fingerprint("trial")) not in found
    assert "Comes with" in found[alert_page(fingerprint("part"))]
    assert "Alerts that come with it" in found[alert_page(fingerprint("many"))]


def test_a_lake_without_an_alert_has_a_list() -> None:
    """It says that there is none, and why."""
    assert "There is no alert: the lake has no version yet." in pages()["alerts/index.html"]


@pytest.mark.parametrize("after", [1_540_800, None, 0])
def test_the_picture_breaks_where_there_is_no_figure(after: int | None) -> None:
    """Every figure is a mark; a version without one is a gap."""
    before_all = [None, None]  # a figure that no version had
    history = [before_all, *HISTORY[:1], ["2022-02-09T09:00:00+00:00", after]]
    event = alert_event("cut", after=after, evidence={"history": history}).event
    store = MemoryStore()
    append(store, alert_event("cut", after=after))
    [alert] = SiteContent(store=store, on=date(2022, 6, 1)).alerts
    chart = chart_of(history_of([event]), alert)
    assert chart is not None
    assert len(chart["gaps"]) == (after is None)
    assert len(chart["marks"]) == (1 if after is None else 2)
    assert chart_of(history_of([event])[:1], alert) is None


def test_the_picture_has_the_figure_before_though_an_older_version_first_showed_it() -> None:
    """The history has the versions that first showed a figure, not those that repeated it."""
    store = MemoryStore()
    cut = alert_event("cut")
    append(store, cut)
    [alert] = SiteContent(store=store, on=date(2022, 6, 1)).alerts
    first = cut.event.previous_as_of
    assert first is not None
    history = [(first - timedelta(days=21), 8_115_600.0), (alert.as_of, 1_540_800.0)]
    chart = chart_of(history, alert)
    assert chart is not None
    assert [one["text"] for one in chart["labels"]] == ["8,115,600", "1,540,800"]
    assert [one["kind"] for one in chart["marks"]] == ["before", "after"]


def test_a_withdrawal_is_labelled_once_in_its_picture() -> None:
    """The label of the change says that there is no figure; an earlier gap has its own."""
    history = [*HISTORY[:1], ["2022-01-05T00:00:00+00:00", None]]
    history += [["2022-01-20T00:00:00+00:00", 8_115_600], ["2022-02-09T09:00:00+00:00", None]]
    cut = alert_event("cut", after=None, evidence={"history": history})
    page = pages(cut)[alert_page(fingerprint("cut"))]
    picture = page.partition('class="alert-chart"')[2].partition("</svg>")[0]
    drawn = re.findall(r"<text[^>]*>no figure</text>", picture)
    assert len(drawn) == 2
