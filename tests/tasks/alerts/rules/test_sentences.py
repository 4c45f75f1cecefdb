"""Numbers in the sentences of alerts are written as people read them."""

import re
from datetime import date, timedelta

import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from schemas.alerts import Finding
from tasks.alerts.evaluate import evaluate
from tasks.alerts.rules.model.families import FALL
from tasks.alerts.rules.reading.rule_input import timeline_of
from tasks.alerts.rules.source_wide.source_event import group_sentence
from tests.ladder import LADDER, found
from tests.rule_inputs import rule_input_of

COUNTRIES = ("AFG", "BEN", "CIV", "DJI", "EGY", "FJI", "GHA", "HTI", "IND", "JOR", "KEN", "LAO")
DAYS = 1_000
BEGIN = date(2020, 1, 5)


def bare_numbers(sentence: str) -> list[str]:
    """Return the runs of five digits or more that are no part of a date, a hash or a code."""
    return re.findall(r"(?<![\w,.-])\d{5,}(?![\w-])", sentence)


def of_many_rows() -> list[Finding]:
    """Return what is found in a table of 12,000 rows, of which some go wrong and most then go."""
    days = [BEGIN + timedelta(days=number) for number in range(DAYS)]
    rows = [(iso3, day, 12_345 * (n + 1)) for iso3 in COUNTRIES for n, day in enumerate(days)]
    schema = {"iso3": pl.String, "observed_on": pl.Date, "doses_administered": pl.Int64}
    whole = pl.DataFrame(rows, schema=schema, orient="row")
    last = pl.col("observed_on") == days[-1]
    below = pl.when(last).then(-pl.col("doses_administered")).otherwise("doses_administered")
    states = {
        "2022-11-01": whole,
        "2022-11-08": whole.with_columns(below),
        "2022-11-15": whole.head(1_500),
    }
    return evaluate(
        [rule_input_of("s.vaccinations", ("iso3", "observed_on"), states)], shown_by="It"
    )


def test_numbers_have_separators() -> None:
    """Of figures, rows and days, in all that is found in small and in large tables."""
    findings = [*found([*LADDER]), *of_many_rows()]
    sentences = [event.sentence for one in findings for event in one.events]
    assert any("12,000 rows" in one for one in sentences)
    assert [one for one in sentences if bare_numbers(one)] == []
    assert bare_numbers("11 of 17080 rows on 25 May 2020; 3f2a9c11111") == ["17080"]


@given(st.integers(1, 10**7), st.integers(1, 10**7))
def test_counts_of_a_group_have_separators(rows: int, compared: int) -> None:
    """However many rows or countries there are."""
    empty = pl.DataFrame(schema={"iso3": pl.String, "doses_allocated": pl.Int64})
    timeline = timeline_of(rule_input_of("s.stock", ("iso3",), {"2022-11-01": empty}), "It")
    record = {
        "key": {"iso3": "LAO"},
        "column": "doses_allocated",
        "before": 2,
        "after": 1,
        "rel_change": -0.5,
        "rows": rows,
        "critical": False,
    }
    text = group_sentence(timeline, [record], family=FALL, seq=0, compared=compared)
    assert bare_numbers(text) == []
    assert f"{compared:,}" in text
