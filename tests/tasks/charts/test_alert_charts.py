"""Each finding of each rule has a picture, or is about no figure."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Final

import polars as pl
import pytest

from schemas.alerts import Alert, Finding
from schemas.tables import dtypes_of
from tasks.alerts.evaluate import evaluate
from tasks.alerts.judged_history import rule_inputs
from tasks.alerts.record_findings import record_findings
from tasks.alerts.rules.registry import RULES
from tasks.charts.alert_charts import alert_chart, chart_of_alert
from tasks.vault.backends.memory_store import MemoryStore
from tasks.vault.vault_reader import VaultReader
from tests.alerts import read_alerts
from tests.ladder import CURRENT
from tests.published import allocations, publish
from tests.tasks.alerts.rules.combining.test_evidence import all_rules
from tests.tasks.charts.drawn import texts_in
from tests.thorough import IS_THOROUGH

NOW = datetime(2022, 6, 1, tzinfo=UTC)
SOURCES: Final[Mapping[str, str]] = {
    "allocations": "unicef_market",
    "cases": "who_cases",
    "deliveries": "undp_vaccine_equity",
    "donations": "undp_vaccine_equity",
    "secured_supply": "undp_vaccine_equity",
    "tests": "who_searo_testing",
    "vaccinations": "owid_vaccinations",
    "vaccinations_current": "undp_vaccine_equity",
}
"""Who publishes tables of these names."""


def row_of(table: str) -> pl.DataFrame:
    """Return a table with one row about DPR Korea."""
    texts = {pl.String(): "PRK", pl.Date(): date(2022, 1, 1), pl.Int64(): 5, pl.Float64(): 0.5}
    return pl.DataFrame(
        {name: [texts[dtype]] for name, dtype in dtypes_of(table).items()}, schema=dtypes_of(table)
    )


def alert_of_finding(finding: Finding) -> Alert:
    """Return a finding as an alert of a lake."""
    store, source = MemoryStore(), finding.dataset.partition(".")[0]
    record_findings(store, [finding], source=source, origin="replay", at=NOW, judged=CURRENT)
    [alert] = read_alerts(store)
    return alert


@pytest.fixture(scope="module")
def findings() -> list[Finding]:
    """Return findings of every rule, on datasets that somebody publishes."""
    found: list[Finding] = []
    for finding in all_rules():
        table = finding.dataset.partition(".")[2]
        own = table if table in SOURCES else "allocations"
        found.append(replace(finding, dataset=f"{SOURCES[own]}.{own}"))
    return found


def test_every_finding_of_every_rule_is_drawn_or_is_about_no_figure(
    findings: list[Finding],
) -> None:
    """Whatever the rule states as evidence, the vault knows of it, and a person has noted."""
    assert {finding.rule for finding in findings} == {rule.id for rule in RULES}
    store, drawn = MemoryStore(), set[str]()
    for week, dataset in enumerate(sorted({finding.dataset for finding in findings})):
        source, _, table = dataset.partition(".")
        publish(store, source, table, row_of(table), week=week)
    for finding in findings:
        alert = alert_of_finding(finding)
        vault = VaultReader(store, alert.dataset.partition(".")[0])
        chart = chart_of_alert(vault, alert, finding.events)
        if chart is None or (finding.rule in drawn and not IS_THOROUGH):
            continue
        drawn.add(finding.rule)
        noted = replace(
            finding.events[-1], kind="acknowledged", evidence={"by": "a", "reason": "b"}
        )
        again = chart_of_alert(vault, alert, [*finding.events, noted])
        assert again is not None
        assert texts_in(again) == texts_in(chart)
    assert drawn >= {rule.id for rule in RULES} - {"R18"}


def test_the_picture_of_a_cut_has_its_figures_its_state_and_its_source() -> None:
    """As text: what a reader without colours sees."""
    store, doses = MemoryStore(), [8_115_600, 1_540_800]
    for week, value in enumerate(doses):
        publish(store, "unicef_market", "allocations", allocations({"PRK": value}), week=week)
    vault = VaultReader(store, "unicef_market")
    findings = evaluate(rule_inputs(vault), shown_by="UNICEF's dashboard")
    [cut] = [finding for finding in findings if finding.rule == "R1"]
    alert = alert_of_finding(cut)
    chart = chart_of_alert(vault, alert, cut.events)
    assert chart is not None
    shown = texts_in(chart)
    assert {"8,115,600", "1,540,800 (-81.0 %)", "8 M"} <= set(shown)
    together = " ".join(shown)
    for text in (
        "Doses allocated to Korea, DPR (PRK)",
        "8,115,600 → 1,540,800 (-81.0 %): the versions of 3 Jan 2022 and 10 Jan 2022.",
        "Alert R1, critical, unconfirmed. First seen 10 Jan 2022.",
        "Source: UNICEF's dashboard (https://example.org/table.csv), as of the version of 10 Jan ",
        "vaxwatch alert ",
    ):
        assert text in together
    body = alert_chart(store, alert, cut.events)
    assert body is not None
    assert alert.sentence.encode() in body
