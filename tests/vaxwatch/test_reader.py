from datetime import UTC, date, datetime
from pathlib import Path

import polars as pl
import pytest
from polars.testing import assert_frame_equal

import vaxwatch
from schemas.errors import NothingKnownYet, UnknownName, WrongUse
from tasks.alerts.published_alerts import publish_alerts
from tasks.alerts.record_findings import record_findings
from tasks.quarantine.record_quarantine import record_quarantine
from tasks.vault.manifest import Retraction
from tasks.vault.retraction import commit_retraction
from tasks.vault.vault_reader import VaultReader
from tests.ladder import CURRENT
from tests.vaxwatch.lakes import NOW, PROMISED, fill, fill_flagged, promised
from vaxwatch.datasets import matching_rows

DATASET = "unicef_market.allocations"


@pytest.fixture(scope="module")
def small(lake: Path) -> vaxwatch.Lake:
    """Return the reader of the small lake."""
    return vaxwatch.open_lake(str(lake))


@pytest.mark.parametrize("day", PROMISED)
def test_asof_is_what_was_published(small: vaxwatch.Lake, day: str) -> None:
    """Every vintage is read back exactly, with its types."""
    assert_frame_equal(small.asof(DATASET, day), promised(day).sort("iso3", "product"))


def test_a_time_may_be_text_a_day_an_instant_or_an_id(small: vaxwatch.Lake) -> None:
    """All of them mean the vintage of 10 February."""
    asked = small.vintage(DATASET, "2022-02-10")
    for time in (
        date(2022, 2, 10),
        datetime(2022, 2, 21, 23, tzinfo=UTC),
        "2022-02-10T00:00Z",
        asked.id,
    ):
        assert small.vintage(DATASET, time) == asked


def test_latest_is_the_newest_vintage(small: vaxwatch.Lake) -> None:
    """Where nothing is held it is the last one."""
    assert_frame_equal(small.latest(DATASET), small.asof(DATASET, "2022-02-22"))


def test_a_time_before_the_first_vintage_is_refused(small: vaxwatch.Lake) -> None:
    """Nothing was known then, which is not the same as an empty table."""
    with pytest.raises(NothingKnownYet, match="2021-12-23"):
        small.asof(DATASET, "2021-12-22")


def test_datasets_are_listed_and_others_are_unknown(small: vaxwatch.Lake) -> None:
    """A wrong name says which there are."""
    assert small.datasets() == ["quarantine.rows", DATASET, "who_searo_testing.tests"]
    for name in ("", "unicef_market", "unicef_market.", "a.b", ".allocations"):
        with pytest.raises(UnknownName, match=DATASET):
            small.latest(name)


def test_diff_and_history_agree(small: vaxwatch.Lake) -> None:
    """The figures before and after a change are those of the row's history."""
    where = {"iso3": "PRK", "product": "AstraZeneca"}
    (row,) = small.diff(DATASET, "2021-12-23", "latest", where=where).to_dicts()
    figures = small.history(DATASET, where)["doses_allocated"].to_list()
    assert [row["before"], row["after"]] == figures == [8_115_600, 1_288_800]


@pytest.mark.parametrize("is_published", [True, False])
def test_versions_are_lazy_and_answer_as_of(tmp_path: Path, *, is_published: bool) -> None:
    """The rows that stood on a day are the dataset as of that day, published or not."""
    fill(str(tmp_path))
    if not is_published:
        (tmp_path / "unicef_market/allocations/history.parquet").unlink()
    lake = vaxwatch.open_lake(str(tmp_path))
    versions = lake.versions(DATASET)
    assert isinstance(versions, pl.LazyFrame)
    at = pl.lit(datetime(2022, 2, 10, tzinfo=UTC))
    stands = pl.col("valid_to").is_null() | (pl.col("valid_to") > at)
    rows = versions.filter((pl.col("valid_from") <= at) & stands).drop(
        "valid_from", "valid_to", "gone"
    )
    assert_frame_equal(rows.collect(), lake.asof(DATASET, "2022-02-10"))


def test_vintages_are_typed(small: vaxwatch.Lake) -> None:
    """Times are instants in UTC, columns a list of names."""
    frame = small.vintages(DATASET)
    assert frame.schema["as_of"] == pl.Datetime("us", "UTC")
    assert frame.schema["columns"] == pl.List(pl.String)
    assert frame["source_url"].to_list() == [f"https://example.org/{day}" for day in PROMISED]


def test_alerts_are_the_published_table(small: vaxwatch.Lake, lake: Path) -> None:
    """A program and a BI tool see the same."""
    assert_frame_equal(small.alerts(), pl.read_parquet(lake / "alerts" / "alerts.parquet"))
    assert [alert.fingerprint for alert in small.alert_records()] == small.alerts()[
        "fingerprint"
    ].to_list()


def test_quarantined_rows_quote_the_published_cell(small: vaxwatch.Lake) -> None:
    """Of all sources, or of one."""
    everything, one = small.quarantined(), small.quarantined("who_searo_testing")
    assert_frame_equal(everything, one)
    assert everything.select("table", "row", "value").rows() == [("tests", 2, "NaN")]
    assert small.quarantined("unicef_market").is_empty()
    with pytest.raises(UnknownName, match="unicef_market"):
        small.quarantined("nobody")


def test_a_missing_lake_is_reported(tmp_path: Path) -> None:
    """Opening makes nothing."""
    with pytest.raises(WrongUse, match="nothing was ever ingested there"):
        vaxwatch.open_lake(str(tmp_path / "none"))
    assert list(tmp_path.iterdir()) == []


def test_a_lake_with_raw_bytes_alone_is_a_lake(tmp_path: Path) -> None:
    """A first snapshot that could not be read leaves a lake without datasets."""
    (tmp_path / "raw").mkdir()
    (tmp_path / "raw" / "body").write_bytes(b"x")
    lake = vaxwatch.open_lake(str(tmp_path))
    assert lake.datasets() == []
    assert lake.alerts().is_empty()
    assert lake.quarantined().is_empty()


def test_a_lake_in_memory_reads_as_a_folder_does(small: vaxwatch.Lake) -> None:
    """The store does not matter."""
    fill("memory:reader")
    assert_frame_equal(vaxwatch.open_lake("memory:reader").latest(DATASET), small.latest(DATASET))


def test_rows_are_chosen_by_the_text_of_a_value() -> None:
    """Days and figures may be given as a person writes them."""
    frame = pl.DataFrame({"on": [date(2022, 2, 14), None], "tests": [1415, None]})
    assert matching_rows(frame, {"on": "2022-02-14", "tests": "1415"}).height == 1
    assert matching_rows(frame, {}).height == 2


def test_the_front_door_names_what_it_offers() -> None:
    """Anything else is no attribute."""
    assert vaxwatch.__version__ == "0.1.0"
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        _ = vaxwatch.nothing  # pyright: ignore[reportAttributeAccessIssue]


def test_rows_match_by_the_text_of_their_values() -> None:
    """A number is found by itself or by its text."""
    frame = pl.DataFrame({"iso3": ["PRK", "GHA"], "doses": [0, 1]})
    assert matching_rows(frame, {"doses": 1}).rows() == [("GHA", 1)]
    assert matching_rows(frame, {"doses": "1"}).rows() == [("GHA", 1)]


def test_a_snapshot_answers_from_one_time(tmp_path: Path) -> None:
    """Whatever is published after it changes none of its answers, and those of the lake it does."""
    fill(str(tmp_path))
    lake = vaxwatch.open_lake(str(tmp_path))
    frozen = lake.snapshot()

    def answers(reader: vaxwatch.Lake) -> list[pl.DataFrame]:
        versions = reader.versions(DATASET).collect()
        tables = [reader.latest(DATASET), reader.vintages(DATASET), versions]
        return [*tables, reader.alerts(), reader.quarantined()]

    before = answers(lake)
    fill_flagged(str(tmp_path))
    tests = VaultReader(lake.store, "who_searo_testing")
    record_findings(lake.store, [], source="unicef_market", origin="live", at=NOW, judged=CURRENT)
    publish_alerts(lake.store, on=NOW.date())
    held = tests.vintages()[0].id
    commit_retraction(tests, Retraction(id=held, reason="x", at=NOW, by=None, vintage=None))
    record_quarantine(lake.store, tests, at=NOW, is_late=True)
    assert all(map(pl.DataFrame.equals, answers(frozen), before))
    changed = [not one.equals(other) for one, other in zip(answers(lake), before, strict=True)]
    assert changed == [True] * 5
