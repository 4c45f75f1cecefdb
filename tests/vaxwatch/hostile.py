"""A folder whose files, settings and lakes hold text that acts on a terminal."""

import json
import unicodedata
from pathlib import Path

import polars as pl
from typer.testing import CliRunner

from tasks.alerts.published_alerts import publish_alerts
from tasks.alerts.record_findings import record_findings
from tasks.quarantine.record_quarantine import record_quarantine
from tasks.vault.backdated_insert import Draft, TableDraft
from tasks.vault.backends.open_store import open_store
from tasks.vault.commit import commit_snapshots
from tasks.vault.derived_tables import publish_tables
from tasks.vault.vault_reader import VaultReader
from tests.ladder import CURRENT
from tests.vaxwatch.lakes import KEY, NOW, alert_event, finding, snapshot
from vaxwatch.commands.app import app

HOSTILE = "Red\x1b[31m\x9b2J\x07\u202e\u2066\u200b\u061c\ufeff\x7fend\t[bold]"
"""It fits one cell and one file name."""
CELL = f"{HOSTILE}\x00\r\n"
SOURCE = "unicef_market"
DATASET = f"{SOURCE}.allocations"
HEADER = "Recipient ISO,Vaccine Name,Doses Allocated"
FILE = f"2022-03-01 {HOSTILE}.csv"
PREFECT_FILE = f"""
deployments:
  - name: "Red \u202e"
    description: {json.dumps(HOSTILE)}
    entrypoint: flows/ingest_snapshot.py:ingest_snapshot
    schedules: [{{interval: 5, active: false}}]
"""
SETTINGS = f"""\
[[waivers]]
rule = "R1"
dataset = "{DATASET}"
reason = {json.dumps(HOSTILE)}
owner = {json.dumps(HOSTILE)}
expires = 2021-12-31
"""


def harmful(text: str) -> list[str]:
    """Return the characters of a text that act on a terminal or hide."""
    return [one for one in text if unicodedata.category(one) in {"Cc", "Cf", "Cs"} and one != "\n"]


def table(doses: int) -> str:
    """Return a file of 20 sound rows, and two in which a product or a figure cannot be read."""
    sound = [f"PRK,Product {number},{doses}" for number in range(20)]
    bad = [f"GHA,Covovax,{HOSTILE}", f"PRK,{HOSTILE},5"]
    return "\n".join([HEADER, *sound, *bad])


def made_lake(uri: str) -> None:
    """Fill a lake whose cells, reasons and alerts are hostile, as no parser lets them through."""
    store = open_store(uri)
    vault = VaultReader(store, SOURCE)
    reason = f"'{CELL}' is no whole number."
    bad = {"row": 2, "column": CELL, "rule": "not-a-number", "value": CELL, "reason": reason}
    for day, doses in (("2022-02-10", 8_115_600), ("2022-02-22", 1_288_800)):
        tables = {
            "allocations": TableDraft(
                frame=pl.DataFrame(
                    [("PRK", CELL, "COVAX", doses)], [*KEY, "doses_allocated"], orient="row"
                ),
                key=KEY,
                quarantined=pl.DataFrame([bad | dict(zip(KEY, ("GHA", CELL, CELL), strict=True))]),
            )
        }
        commit_snapshots(vault, [Draft(snapshot=snapshot(SOURCE, day), tables=tables)], at=NOW)
    publish_tables(vault)
    record_quarantine(store, vault, at=NOW)
    event = alert_event("opened", "2022-02-10", "critical", f"It fell {CELL}.", after=1)
    found = [finding("R1", CELL, event)]
    record_findings(store, found, source=SOURCE, origin="replay", at=NOW, judged=CURRENT)
    publish_alerts(store, on=NOW.date())


def fill_place(folder: Path) -> None:
    """Fill a folder with files, settings and two lakes.

    'run …' is filled by a backfill, 'made …' is committed as it is.
    """
    files = folder / f"files {HOSTILE}"
    files.mkdir()
    for day, doses in (("2022-02-10", 8_115_600), ("2022-02-22", 1_288_800)):
        (files / f"{day} {HOSTILE}.csv").write_text(table(doses))
    (folder / FILE).write_text(table(1_288_900))
    (folder / "vaxwatch.toml").write_text(SETTINGS)
    (folder / f"{HOSTILE}.yaml").write_text(PREFECT_FILE)
    words = ["backfill", SOURCE, "--no-quality", "--origin", f"dir:{files}"]
    ended = CliRunner().invoke(app, ["--lake", str(folder / f"run {HOSTILE}"), *words])
    assert ended.exit_code == 3, ended.output
    made_lake(str(folder / f"made {HOSTILE}"))
