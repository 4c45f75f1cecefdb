"""What breaks the contract with a source, and what may come and go."""

from dataclasses import replace

import pytest

from schemas.source import Always, From, LeaveOut
from tasks.schema_drift.contract import breaches
from tasks.schema_drift.declared_columns import policy_of
from tasks.schema_drift.source_schema import SourceSchema
from tests.tasks.publisher import FORECASTS


def shape(**columns: str) -> SourceSchema:
    """Return a shape of one table by the kinds of its columns."""
    told = tuple(columns.items())
    return SourceSchema(bodies={}, sheets={}, tables={"allocations": told}, parser_version=1)


def test_policies_need_no_declaration_and_a_declaration_wins() -> None:
    """By what reads a column; a name before a pattern, the first pattern before the next."""
    names = ("note", "doses", "forecast", "iso3")
    found = [policy_of(FORECASTS, "allocations", name) for name in names]
    assert found == ["evolve", "map", "freeze", "freeze"]
    declared = replace(FORECASTS, drift={"fore*": "evolve", "forecast": "freeze", "no*": "freeze"})
    found = [policy_of(declared, "allocations", name) for name in ("forecast", "foresight", "note")]
    assert found == ["freeze", "evolve", "freeze"]


BEFORE = {"iso3": "text", "doses": "number", "forecast": "number", "note": "text"}
BREACHES = {
    "nothing": (BEFORE, set()),
    "unread gone": ({"iso3": "text", "doses": "number", "forecast": "number"}, set()),
    "more": ({**BEFORE, "extra": "text"}, set()),
    "mapped": ({"iso3": "text", "total doses": "number", "forecast": "number"}, set()),
    "optional gone": ({"iso3": "text", "doses": "number"}, {"forecast"}),
    "needed gone": ({"iso3": "text", "forecast": "number"}, {"doses"}),
    "key gone": ({"doses": "number", "forecast": "number"}, {"iso3"}),
    "text": ({**BEFORE, "doses": "text"}, {"doses"}),
    "day": ({**BEFORE, "forecast": "day"}, {"forecast"}),
    "emptied": ({**BEFORE, "forecast": "blank"}, set()),
    "mapped to text": ({"iso3": "text", "total doses": "text"}, {"total doses", "forecast"}),
    "key of another kind": ({**BEFORE, "iso3": "number"}, set()),
    "unread of another kind": ({**BEFORE, "note": "number"}, set()),
}


@pytest.mark.parametrize(("now", "broken"), BREACHES.values(), ids=BREACHES.keys())
def test_what_would_change_figures_breaks_the_contract(now: dict, broken: set[str]) -> None:
    """A figure's column that goes or holds another kind of thing, a key that goes; no more."""
    assert {one.column for one in breaches(FORECASTS, shape(**BEFORE), shape(**now))} == broken


def test_shapes_of_two_parsers_break_nothing() -> None:
    """What our own newer parser sees otherwise is not the publisher's doing."""
    newer = replace(shape(iso3="text"), parser_version=2)
    assert breaches(FORECASTS, shape(**BEFORE), newer) == []


def test_a_declared_layout_may_follow_another() -> None:
    """Columns may change from one layout to another; a figure that the new one lacks may go."""
    later = {
        "iso3": From(("code",)),
        "product": Always("all"),
        "mechanism": Always("all"),
        "doses_allocated": From(("dosage",)),
    }
    declared = replace(FORECASTS, layouts={"allocations": (later,)})
    before, now = shape(**BEFORE), shape(code="text", dosage="number")
    assert breaches(declared, before, now) == []
    assert {one.column for one in breaches(FORECASTS, before, now)} == {"iso3", "doses", "forecast"}
    half = shape(code="text", note="text")
    assert {one.column for one in breaches(declared, before, half)} == {"iso3", "doses", "forecast"}


def test_a_column_by_which_rows_are_left_out_may_not_go() -> None:
    """Without it sub-national rows would be published as national ones."""
    declared = replace(FORECASTS, leave_out=(LeaveOut(column="note", reason="regions"),))
    now = shape(**{name: kind for name, kind in BEFORE.items() if name != "note"})
    assert [one.column for one in breaches(declared, shape(**BEFORE), now)] == ["note"]
