"""Lakes with a vintage that should never have been, and what readers and rules see of them."""

import io
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from itertools import groupby, pairwise
from pathlib import Path
from typing import Any

import polars as pl

from schemas.source import Source
from tasks.alerts.judged_history import schema_observations
from tasks.catalog.views import SECTION, VIEWS
from tasks.pipeline.ingest import ingest_snapshot
from tasks.pipeline.rebuild import rebuild_source
from tasks.pipeline.retract import retract_vintage
from tasks.quarantine.record_quarantine import quarantine_of
from tasks.runs.run_context import RunContext
from tasks.schema_drift.schema_log import SchemaLogFile
from tasks.steps.derived_files import derived_problems
from tasks.steps.integrity import raw_problems
from tasks.summaries.operation_summaries import RetractSummary
from tasks.vault.backends.store import Store
from tasks.vault.derived_tables import publish_tables
from tasks.vault.queries import difference, row_history
from tasks.vault.states import state_of
from tasks.vault.vault_reader import VaultReader
from tasks.vault.verify import verify_vault
from tests.alerts import read_alerts
from tests.tasks.steps.test_publish import COUNTRIES
from tests.tasks.vault.faults import copied

DAY = datetime(2022, 2, 1, tzinfo=UTC)
AFTER = DAY + timedelta(days=300)
MARKET, REPORTS = "unicef_market", "who_searo_testing"
WRONG = 10
"""The day of the snapshot that should never have been."""


def table(doses: int, *, of: int = 20, column: str = "", bad: bool = False) -> str:
    """Return UNICEF's table: a figure per country, perhaps a second table or a row nobody reads."""
    lines = [
        f"{iso3},AstraZeneca,{doses * (place + 1)}{',7' if column else ''}"
        for place, iso3 in enumerate(COUNTRIES[:of])
    ]
    if bad:
        lines[3] = lines[3].replace(f"{doses * 4}", "unknown")
    head = "Recipient ISO,Vaccine Name,Doses Allocated" + (f",{column}" if column else "")
    return "\n".join([head, *lines, ""])


def report(*lines: str) -> str:
    """Return a report of tests, which covers its own days."""
    return "\n".join(["Country,Date,People tested,Samples tested,Positives", *lines, ""])


SEEN, CUT = table(8_000), table(1_000)
CASES = {
    "only": (MARKET, {WRONG: CUT}),
    "first": (MARKET, {WRONG: CUT, 17: SEEN, 24: table(9_000)}),
    "middle": (MARKET, {3: SEEN, WRONG: CUT, 17: SEEN}),
    "newest": (MARKET, {3: SEEN, 5: table(7_900), WRONG: CUT}),
    "held": (MARKET, {3: SEEN, WRONG: table(8_000, of=9), 17: table(7_000)}),
    "held and newest": (MARKET, {3: SEEN, WRONG: table(8_000, of=9)}),
    "in quarantine": (MARKET, {3: SEEN, WRONG: table(8_100, bad=True), 17: table(8_200)}),
    "the only one in quarantine": (MARKET, {WRONG: table(8_100, bad=True)}),
    "same as before": (MARKET, {3: CUT, WRONG: CUT, 17: SEEN}),
    "same as after": (MARKET, {3: SEEN, WRONG: CUT, 17: CUT}),
    "a table of its own": (MARKET, {3: SEEN, WRONG: table(8_000, column="Doses Delivered")}),
    "flagged": (MARKET, {3: SEEN, WRONG: table(-8_000)}),
    "the only one flagged": (MARKET, {WRONG: table(-8_000)}),
    "other columns": (MARKET, {3: SEEN, WRONG: table(1_000, column="Remarks"), 17: SEEN}),
    "columns that stay": (
        MARKET,
        {3: SEEN, **dict.fromkeys((WRONG, 17), table(1_000, column="Remarks"))},
    ),
    "slice": (
        REPORTS,
        {
            3: report("PRK,2022-01-20,705,1410,0", "PRK,2022-01-27,716,1432,0"),
            WRONG: report("PRK,2022-01-27,7,14,0", "PRK,2022-02-03,700,bad,0"),
            17: report("PRK,2022-02-03,701,1402,1"),
        },
    ),
}
"""By case, a source and its snapshots by day, one of them on the day WRONG."""
BETTER = {MARKET: SEEN, REPORTS: report("PRK,2022-01-27,5,10,0")}
OTHER = {MARKET: table(4_000), REPORTS: report("PRK,2022-01-27,4,8,0")}


@dataclass(frozen=True)
class Lake:
    """A lake in memory with one source."""

    store: Store
    source: Source
    folder: Path

    def run(self, day: int) -> RunContext:
        """Return a run on a day."""
        at = DAY + timedelta(days=day)
        return RunContext(store=self.store, source=self.source, at=at, check_quality=False)

    def ingest(self, day: int, body: str, **more: Any) -> Any:
        """Ingest a body as of a day, on that day."""
        file = self.folder / "body.csv"
        file.write_text(body)
        at = DAY + timedelta(days=day)
        run = replace(self.run(day), at=max(at, AFTER) if more.pop("late", False) else at)
        return ingest_snapshot(run, file=str(file), retrieved_at=at, **more)

    @property
    def vault(self) -> VaultReader:
        """The vault as a process that starts now sees it."""
        return VaultReader(self.store, self.source.name)

    def retract(self, name: str, *, undo: bool = False) -> RetractSummary:
        """Retract a vintage, or undo that; each decision is of a day of its own."""
        before = self.vault.head.retractions if self.vault.head else ()
        run = self.run(330 + len(before))
        return retract_vintage(run, name, reason="a typo", by="Kim", undo=undo)

    def wrong(self) -> str:
        """Return the id of the vintage of the day WRONG."""
        return self.vault.find(DAY + timedelta(days=WRONG)).id

    def copy(self) -> "Lake":
        """Return a lake with the same objects."""
        return replace(self, store=copied(self.store))


def newer(lake: Lake) -> None:
    """A newer snapshot comes."""
    lake.ingest(100, OTHER[lake.source.name])


def rebuild(lake: Lake) -> None:
    """All is read again."""
    if lake.vault.exists():
        rebuild_source(lake.run(320))


def frames(lake: Lake) -> dict[str, pl.DataFrame]:
    """Return what BI opens, by name, where it has a row."""
    found: dict[str, pl.DataFrame] = {}
    for key in lake.store.list(f"{lake.source.name}/"):
        blob = lake.store.get(key)
        if key.endswith(".parquet") and "/_vault/" not in key and blob:
            frame = pl.read_parquet(io.BytesIO(blob.body))
            if frame.height:
                found[key] = frame.drop("ingested_at", strict=False)
    return found


def views(lake: Lake) -> list[str]:
    """Return the source's statements in the catalog, without what they were made from."""
    blob = lake.store.get(VIEWS)
    sections = {
        found[1]: found[2] for found in SECTION.finditer(blob.body.decode() if blob else "")
    }
    text = sections.get(lake.source.name, "")
    return [line for line in text.splitlines() if not line.startswith("--")]


def seen(lake: Lake) -> dict[str, Any]:
    """Publish all tables; return all that readers and rules have of the source, by name."""
    publish_tables(lake.vault, everything=True)
    return shown(lake)


def shown(lake: Lake) -> dict[str, Any]:
    """Return all that readers and rules have of the source as it is published, by name."""
    vault, log = lake.vault, SchemaLogFile(lake.store, lake.source).log
    vintages = vault.vintages()
    found: dict[str, Any] = {
        "vintages": [replace(one, ingested_at=DAY) for one in vintages],
        "frames": {name: frame.to_dicts() for name, frame in frames(lake).items()},
        "views": views(lake),
        "schemas": [
            (first.id, traits)
            for traits, alike in groupby(
                schema_observations(lake.source, log, vintages),
                key=lambda one: (one.schema, one.traits, one.broken, one.fault),
            )
            for first in [next(alike)]
        ],
        "frozen": log.unresolved_refusal(),
    }
    for name in vault.tables():
        own = vault.vintages(name)
        found[f"{name} as of"] = [state_of(vault, name, one).to_dicts() for one in own]
        found[f"{name} history"] = row_history(vault, name, {}).to_dicts()
        diffs = [difference(vault, name, *pair) for pair in pairwise(own)]
        found[f"{name} diff"] = [frame.to_dicts() for frame in diffs]
    alerts = [one for one in read_alerts(lake.store) if one.state != "superseded"]
    found["alerts"] = sorted(str(replace(one, origin="replay")) for one in alerts)
    rows = quarantine_of(lake.store).filter(state="quarantined")
    found["quarantine"] = rows.sort("table", "row").to_dicts()
    return found


def assert_same(lake: Lake, other: Lake) -> None:
    """Assert that two lakes are the same to readers and rules, and sound."""
    ours, others = seen(lake), seen(other)
    assert ours.keys() == others.keys()
    for name, value in ours.items():
        assert value == others[name], name
    assert verify_vault(lake.vault, deep=True) == []
    assert list(derived_problems(lake.vault)) == []
    assert list(raw_problems(lake.store, lake.vault, deep=True)) == []
