"""Alerts without a figure: a timeline of versions, by column or by table."""

from dataclasses import replace
from datetime import UTC, datetime

import polars as pl

from schemas.alerts import Finding
from tasks.charts.alert_charts import chart_of_alert
from tasks.charts.version_chart import version_chart, version_rows
from tasks.schema_drift.schema_log import SchemaLog, SchemaLogFile
from tasks.schema_drift.source_schema import SourceSchema
from tasks.sources import source_named
from tasks.vault.backends.memory_store import MemoryStore
from tasks.vault.vault_reader import VaultReader
from tests.published import publish
from tests.tasks.alerts.rules.combining.test_evidence import all_rules
from tests.tasks.charts.drawn import texts_in
from tests.tasks.charts.test_alert_charts import alert_of_finding

SOURCE, TABLE = "unicef_market", "allocations"


def vault_of(*doses: int) -> VaultReader:
    """Return a vault with a version a week of one country's allocation."""
    store = MemoryStore()
    for week, value in enumerate(doses):
        frame = pl.DataFrame(
            {"iso3": ["PRK"], "product": ["A"], "mechanism": ["COVAX"], "doses_allocated": [value]}
        )
        publish(store, SOURCE, TABLE, frame, week=week)
    return VaultReader(store, SOURCE)


def drift() -> Finding:
    """Return a finding of R18 on columns."""
    return next(one for one in all_rules() if one.rule == "R18")


def test_a_silent_table_has_a_point_for_each_version() -> None:
    """Dark where it changed; the picture says what a point is."""
    vault, finding = vault_of(1, 2, 3), drift()
    events = (replace(finding.events[0], evidence={"tables": [TABLE]}),)
    silent = replace(finding, rule="R8", dataset=f"{SOURCE}.{TABLE}", events=events)
    alert = alert_of_finding(silent)
    rows = version_rows(vault, alert, events[0])
    assert [(row["name"], row["has"]) for row in rows] == [(TABLE, True)] * 3
    chart = chart_of_alert(vault, alert, events)
    assert chart is not None
    assert any("A dark point: the table changed" in text for text in texts_in(chart))


def test_a_column_has_a_point_for_each_version_that_shows_it() -> None:
    """As the log of schemas has it; a version that it does not know is left out."""
    vault, finding = vault_of(1, 2, 3), drift()
    [first, second, _] = [one.id for one in vault.vintages()]
    columns = (("old", "text"), ("doses", "count"))
    old = SourceSchema(bodies={}, sheets={}, tables={TABLE: columns}, parser_version=1)
    new = SourceSchema(bodies={}, sheets={}, tables={TABLE: columns[1:]}, parser_version=1)
    log = SchemaLogFile(vault.lake, source_named(SOURCE))
    log.update(lambda _: SchemaLog(read={first: old, second: new}))
    move = {"name": "old", "what": "column", "tables": [TABLE]}
    moves = [move, {**move, "name": "a" * 300 + "\x1b"}]
    event = replace(finding.events[0], evidence={"moves": moves})
    rows = version_rows(vault, alert_of_finding(finding), event)
    assert [row["has"] for row in rows] == [True, False, False, False]
    assert {len(row["name"]) for row in rows} <= {3, 41}
    version_chart(rows, datetime(2022, 1, 10, tzinfo=UTC)).to_dict()
