"""Which schema changes break the contract with a source."""

from dataclasses import replace

import pytest

from schemas.columns import Always, From, LeaveOut
from tasks.schema_drift.contract import breaches
from tasks.schema_drift.declared_columns import policy_of
from tasks.schema_drift.source_schema import SourceSchema
from tests.tasks.publisher import FORECASTS


def schema(**columns: str) -> SourceSchema:
    """Return a schema of one table by the kinds of its columns."""
    tables = {"allocations": tuple(columns.items())}
    return SourceSchema(bodies={}, sheets={}, tables=tables, parser_version=1)


def test_policies_have_defaults_and_a_declaration_overrides_them() -> None:
    """A name overrides a pattern, the first pattern the next."""
    names = ("note", "doses", "forecast", "iso3")
    found = [policy_of(FORECASTS, "allocations", name) for name in names]
    assert found == ["evolve", "map", "freeze", "freeze"]
    declared = replace(FORECASTS, drift={"fore*": "evolve", "forecast": "freeze", "no*": "freeze"})
    found = [policy_of(declared, "allocations", name) for name in ("forecast", "foresight", "note")]
    assert found == ["freeze", "evolve", "freeze"]


BEFORE = {"iso3": "text", "doses": "number", "forecast": "number", "note": "text"}
BREACHES = {
    "nothing": (BEFORE, set()),
    "not read, gone": ({"iso3": "text", "doses": "number", "forecast": "number"}, set()),
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
    "not read, other kind": ({**BEFORE, "note": "number"}, set()),
}


@pytest.mark.parametrize(("now", "broken"), BREACHES.values(), ids=BREACHES.keys())
def test_changes_of_columns_that_figures_need_break_the_contract(
    now: dict, broken: set[str]
) -> None:
    """A figure's column that is gone or changed its kind, a key that is gone; nothing else."""
    assert {one.column for one in breaches(FORECASTS, schema(**BEFORE), schema(**now))} == broken


def test_schemas_of_two_parser_versions_break_nothing() -> None:
    """A difference that our newer parser makes is no change of the publisher's."""
    newer = replace(schema(iso3="text"), parser_version=2)
    assert breaches(FORECASTS, schema(**BEFORE), newer) == []


def test_a_declared_layout_may_follow_another() -> None:
    """Columns may change from one layout to another; a figure that the new one lacks may go."""
    later = {
        "iso3": From(("code",)),
        "product": Always("all"),
        "mechanism": Always("all"),
        "doses_allocated": From(("dosage",)),
    }
    declared = replace(FORECASTS, layouts={"allocations": (later,)})
    before, now = schema(**BEFORE), schema(code="text", dosage="number")
    assert breaches(declared, before, now) == []
    assert {one.column for one in breaches(FORECASTS, before, now)} == {"iso3", "doses", "forecast"}
    half = schema(code="text", note="text")
    assert {one.column for one in breaches(declared, before, half)} == {"doses", "forecast"}


def test_a_column_by_which_rows_are_left_out_may_not_go() -> None:
    """Without it sub-national rows would be published as national ones."""
    declared = replace(FORECASTS, leave_out=(LeaveOut(column="note", reason="regions"),))
    now = schema(**{name: kind for name, kind in BEFORE.items() if name != "note"})
    assert [one.column for one in breaches(declared, schema(**BEFORE), now)] == ["note"]
