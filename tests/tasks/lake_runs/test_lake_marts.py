"""The marts of a whole lake: what a run of them reports."""

import json
from datetime import timedelta
from pathlib import Path

import pytest

from tasks.lake_runs.lake_marts import build_marts
from tasks.marts.registry import MARTS
from tasks.summaries.lake_summaries import MartsSummary
from tasks.summaries.recorded import Scope, recorded
from tasks.summaries.run_report import headline, markdown
from tests.flows.lakes import DAY, GOOD, Lake

NOW = DAY + timedelta(days=1)


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    """Return a lake with one vintage and no marts."""
    lake = Lake(tmp_path)
    lake.take(GOOD, day=0, quality=False)
    for file in (tmp_path / "lake" / "marts").glob("*"):
        file.unlink()
    return lake


def test_a_run_reports_what_it_built(lake: Lake) -> None:
    """State, counts, links and record; a second run finds nothing to do and changes no file."""
    scope = Scope(store=lake.store, source="marts", at=NOW)
    first: MartsSummary = recorded(scope, "marts", lambda: build_marts(lake.store, at=NOW))
    assert first.state_name == "Published"
    assert headline(first) == f"{len(MARTS)} marts built, 0 up to date"
    assert first.numbers()["written"] == len(MARTS)
    page = markdown(first, base_url="https://example.org/lake")
    assert "(<https://example.org/lake/marts/country_totals.parquet>)" in page
    again = build_marts(lake.store, at=NOW)
    assert (again.state_name, again.files) == ("Unchanged", [])
    [record] = (lake.folder / "lake" / "runs").rglob("*marts*.json")
    assert json.loads(record.read_text())["state"] == "Published"
