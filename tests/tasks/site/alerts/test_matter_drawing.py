"""The pictures of alerts on groups and tables, from evidence made by hand."""

from collections.abc import Sequence
from datetime import date
from typing import Any

import pytest

from tasks.site.addresses import alert_page
from tasks.site.alerts.matter_drawing import MOST, matter_drawings, row_text
from tasks.site.alerts.matter_rows import matter_of
from tasks.site.site_content import SiteContent
from tasks.vault.backends.memory_store import MemoryStore
from tests.alert_entries import alert_event, append, fingerprint
from tests.tasks.site.alerts.test_alert_pages import HOSTILE, pages

ORIGIN = {"compared_with": {"as_of": "2022-02-02T00:00:00+00:00", "id": "x"}}


def child(iso3: str, before: float | None, after: float | None, **own: Any) -> dict[str, Any]:
    """Return a finding of a group as its evidence lists it."""
    change = {"column": "doses_allocated", "before": before, "after": after, "rel_change": None}
    return {"key": {"iso3": iso3, "product": "unspecified"}, **change, **own}


def matter(evidence: dict[str, Any], *, has_history: bool = True, **own: Any) -> Any:
    """Return what the picture of an alert with this evidence shows."""
    how: dict[str, Any] = {"key": {}} | own
    event = alert_event("all", evidence={**ORIGIN, **evidence}, **how)
    store = MemoryStore()
    append(store, event)
    [alert] = SiteContent(store=store, on=date(2022, 6, 1)).alerts
    return matter_of(alert, event.event, has_history=has_history)


def kinds(found: Any) -> Sequence[str]:
    """Return the kinds of the boxes of a drawing, without those of its key."""
    drawing = matter_drawings(found, "All")["wide"]
    return [box.kind for box in drawing.boxes if box.width != 14]


def test_a_group_shows_its_largest_changes_before_and_after() -> None:
    """Ten of many, the largest first; a fall is red, a rise blue, no figure hatched."""
    children = [child("PRK", 100, 40), child("GHA", 10, None), child("KEN", 1, 9)]
    found = matter({"children": children})
    assert kinds(found) == ["was", "bar fall", "was", "hatched", "was", "bar"]
    assert [row["name"] for row in found["rows"]] == [
        "Korea, DPR (PRK)",
        "Ghana (GHA)",
        "Kenya (KEN)",
    ]
    drawing = matter_drawings(found, "All")["narrow"]
    assert "100 → 40 (\u221260.0 %)" in drawing.about
    assert any("version of 2 Feb 2022" in text.text for text in drawing.texts)
    many = matter({"children": [child("GHA", n, 0) for n in range(1, 40)]})
    assert len(kinds(many)) == 2 * MOST


@pytest.mark.parametrize(
    ("before", "after"), [(None, -747), (0, 0), (-5, 3), (None, None), (5, -5)]
)
def test_bars_stay_inside_the_picture(before: int | None, after: int | None) -> None:
    """Figures below zero begin at a zero further right; nothing divides by zero."""
    for width, drawing in matter_drawings(
        matter({"children": [child("MUS", before, after)]}), ""
    ).items():
        assert all(box.x >= 0 and box.x + box.width <= drawing.width for box in drawing.boxes), (
            width
        )


def test_two_figures_of_one_time_are_no_change() -> None:
    """Given of delivered; a figure beside the one that it should not exceed."""
    used = matter({"children": [child("KEN", 35, 23)]}, rule="R6")
    assert row_text("figures", used["rows"][0]) == "23 of 35"
    assert used["words"][1] == "doses given"
    assert "bar fall" not in kinds(used)
    excess = child("KEN", 1, 23, beside={"column": "doses_delivered", "value": 20}, join="beside")
    [row] = matter({"children": [excess]}, rule="R17")["rows"]
    assert row_text("figures", row) == "23 beside 20"


def test_silence_is_drawn_as_time_and_a_schema_as_parts() -> None:
    """Of countries and of whole tables; before and after of each part."""
    quiet = {"key": {"iso3": "AUS"}, "columns": [], "newest": "10 Jan 2022", "value": 1}
    found = matter({"children": [quiet]}, rule="R8")
    assert row_text(found["kind"], found["rows"][0]) == "30 days, since 10 Jan 2022"
    tables = {"tables": ["deliveries"], "unchanged_since": "2022-01-09T00:00:00+00:00"}
    assert matter(tables, rule="R8")["rows"][0]["name"] == "deliveries"
    part = {"what": "column", "kinds": ["", ""], "figure": "", "instead": "", "tables": ["a"]}
    moves = [{**part, "name": "x", "how": "gone"}, {**part, "name": "y", "how": "new"}]
    found = matter({"moves": moves}, rule="R18")
    assert kinds(found) == ["was", "hatched", "hatched", "bar"]
    mapped = {**part, "name": "a", "how": "mapped", "figure": "cases", "instead": "b"}
    [row] = matter({"moves": [mapped]}, rule="R18")["rows"]
    assert (row["name"], row_text("schema", row)) == ("cases, read from", "a → b")


def test_a_single_figure_is_drawn_where_it_has_no_line_over_versions() -> None:
    """A revision of the past names its day; an alert with a line has no second picture."""
    own = {"key": {"iso3": "USA"}, "dataset": "who_cases.cases", "rule": "R14"}
    found = matter({"observed_on": "2021-12-31"}, has_history=False, **own)
    assert found["rows"][0]["name"] == "United States (USA), 31 Dec 2021"
    assert matter({}, has_history=True, **own) is None
    assert matter({}, has_history=False, after=8_115_600, **own) is None


def test_the_page_of_a_group_has_picture_and_table() -> None:
    """Nothing of it is markup; what is silent is no change from nothing to nothing."""
    moves = [{"what": "column", "name": HOSTILE, "how": "new", "kinds": ["", ""], "tables": []}]
    group = alert_event("many", key={}, evidence={"children": [child("PRK", 100, 40)]})
    shape = alert_event("shape", key={}, rule="R18", evidence={"moves": moves})
    found = pages(group, shape)
    page = found[alert_page(fingerprint("many"))]
    assert page.count('class="bar fall"') == 4
    assert "All parts of this group" in page
    other = found[alert_page(fingerprint("shape"))]
    assert "The same as a table" in other
    assert "<script>alert" not in other
    assert "All parts of this group" not in other
