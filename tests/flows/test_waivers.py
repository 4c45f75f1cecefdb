"""What is waived is kept silent by whoever runs a flow, until it expires; as the manual says."""

import re
from pathlib import Path

import polars as pl
import pytest

from flows.backfill_source import backfill_source
from flows.replay_quarantine import replay_quarantine
from schemas.errors import WrongUse
from tasks.alerts.waiver_config import configured
from tests.flows.lakes import HEADER, Lake

ROOT = Path(__file__).resolve().parents[2]
NEGATIVE = b"""\
country,date,tests_cumulative,new_tests,tests_cumulative_corrected,new_tests_corrected,source
Rwanda,2021-07-21,-889137,-2800000,1850100,9000,manually
Ghana,2021-07-21,712000,1900,712000,1900,NA
"""
UNPARSABLE = HEADER + "PRK,AstraZeneca,8115600\n" + "Atlantis,AstraZeneca,5\n" * 6
MANUAL = (ROOT / "docs" / "operations.md").read_text("utf-8")


@pytest.fixture
def example(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the settings of the manual's example, in the working directory."""
    found = re.search(r"^## Waivers.*?```toml\n(.*?)```", MANUAL, re.DOTALL | re.MULTILINE)
    assert found
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("VAXWATCH_CONFIG", raising=False)
    file = tmp_path / "vaxwatch.toml"
    file.write_text(found[1])
    return file


def states(lake: Lake) -> dict[str, str]:
    """Return rule and state of every published alert."""
    shown = pl.read_parquet(Path(lake.uri) / "alerts" / "alerts.parquet")
    return dict(shown.select("rule", "state").iter_rows())


def test_example_of_the_manual_silences_the_negative_count(lake: Lake, example: Path) -> None:
    """The figure is published, its alert is listed as silenced, and the run has no notes."""
    assert [waiver.owner for waiver in configured()] == ["data@example.org"]
    summary = lake.take(NEGATIVE, source="find_tests")
    assert {alert["state"] for alert in summary["alerts"]} == {"silenced"}
    assert set(states(lake).values()) == {"silenced"}
    assert summary["notes"] == []
    tests = lake.latest("tests", source="find_tests")
    assert tests["tests_performed_cumulative"].to_list() == [712_000, -889_137]


def test_expired_waiver_is_noted_by_every_run_and_silences_nothing(
    lake: Lake, example: Path
) -> None:
    """The next run publishes the alert as open again, though nothing else is new."""
    lake.take(NEGATIVE, source="find_tests")
    example.write_text(re.sub(r"expires = .*", "expires = 2021-12-31", example.read_text()))
    again = lake.take(NEGATIVE, source="find_tests")
    assert (again["outcomes"][0]["verdict"], again["alerts"]) == ("known", [])
    assert set(states(lake).values()) == {"open"}
    folder = lake.folder / "at_hand"
    folder.mkdir()
    dry = backfill_source.fn("find_tests", f"dir:{folder}", lake.uri, dry_run=True).document()
    for summary in (again, dry):
        [note] = summary["notes"]
        assert "expired on 2021-12-31: what it silenced is reported again" in note


def test_run_with_waivers_that_cannot_be_read_fails(lake: Lake, example: Path) -> None:
    """A worker does not pass over what the command line refuses."""
    example.write_text("[[waivers]]\n")
    with pytest.raises(WrongUse, match="rule is missing"):
        lake.take(NEGATIVE, source="find_tests")


def test_waived_budget_lets_a_snapshot_pass(lake: Lake, example: Path) -> None:
    """What was blocked comes with a replay, what is new at once; both say that it was waived."""
    blocked = lake.take(UNPARSABLE.encode())
    assert [one["verdict"] for one in blocked["outcomes"]] == ["blocked"]
    text = re.sub(r"key = .*", "", example.read_text())
    text = text.replace('"R11"', '"budget"').replace("find_tests.tests", "unicef_market.*")
    example.write_text(text)
    released = replay_quarantine.fn("unicef_market", lake.uri).document()
    later = lake.take(UNPARSABLE.replace("8115600", "1540800").encode(), day=1)
    for summary in (released, later):
        [outcome] = summary["outcomes"]
        assert (outcome["verdict"], outcome["tables"]["allocations"]["quarantined"]) == ("new", 6)
        assert "6 of 7 rows cannot be published, more than the budget" in " ".join(outcome["notes"])
    assert lake.latest()["doses_allocated"].to_list() == [1_540_800]
