import gzip
import hashlib

import pytest

from schemas.errors import BadBody
from tasks.raw.body_reader import archived_body
from tasks.vault.quarantined_rows import quarantined_rows
from tasks.vault.vault_reader import VaultReader
from tests.flows.lakes import GOOD, SOURCE, Lake

PACKED = gzip.compress(GOOD)
BAD = {
    "an empty file": (b"", BadBody, "empty"),
    "a page under status 200": (b"<!DOCTYPE html><html>log in</html>", BadBody, "web page"),
    "gzip that breaks off": (PACKED[:-12], BadBody, "gzip"),
    "a last row cut off": (GOOD[: GOOD.rindex(b",")], BadBody, "fields"),
}


@pytest.mark.parametrize("name", BAD)
def test_bad_body_is_kept_and_changes_nothing(lake: Lake, name: str) -> None:
    """The bytes are in the archive, what was published stands, the sentence says what and where."""
    body, fault, expected = BAD[name]
    lake.take(GOOD)
    before = lake.published()
    with pytest.raises(fault, match=rf"unicef_market.*{expected}"):
        lake.take(body, day=1)
    assert archived_body(lake.store, hashlib.sha256(body).hexdigest()) == body
    assert lake.published() == before


def test_a_column_that_is_gone_blocks_the_snapshot(lake: Lake) -> None:
    """Its bytes are archived, published figures stand, and the sentence gives the next step."""
    body = GOOD.replace(b"Doses Allocated", b"Number")
    lake.take(GOOD)
    before = lake.latest()
    summary = lake.take(body, day=1)
    [outcome] = summary["outcomes"]
    assert (outcome["verdict"], outcome["tables"]) == ("blocked", {})
    assert "unicef_market: " in summary["notes"][0]
    assert "Doses Allocated" in summary["notes"][0]
    assert archived_body(lake.store, hashlib.sha256(body).hexdigest()) == body
    assert lake.latest().equals(before)


def test_gzip_under_the_name_csv_is_read(lake: Lake) -> None:
    """Sound gzip is unpacked for reading and kept as it came."""
    assert lake.take(PACKED)["outcomes"][0]["verdict"] == "new"
    assert archived_body(lake.store, hashlib.sha256(PACKED).hexdigest()) == PACKED


@pytest.mark.parametrize(
    ("row", "rule"),
    [
        ("Atlantis,AstraZeneca,5\n", "known_country"),
        ("KHM,AstraZeneca,5\n", "unique_key"),
        (",AstraZeneca,5\n", "key_not_null"),
        ("LAO,AstraZeneca,NaN\n", "readable"),
    ],
)
def test_bad_row_waits_in_quarantine_and_the_rest_goes_on(lake: Lake, row: str, rule: str) -> None:
    """The row is named with its rule; the others are published."""
    summary = lake.take(GOOD + row.encode())
    assert summary["outcomes"][0]["tables"]["allocations"]["quarantined"] >= 1
    assert "PRK" in lake.latest()["iso3"]
    assert rule in quarantined_rows(VaultReader(lake.store, SOURCE))["rule"].to_list()


def test_implausible_figure_is_published_and_raises_an_alert(lake: Lake) -> None:
    """A negative number of tests can be read: it is in the table, and it is an alert."""
    header = "Country,Date,People tested,Samples tested,Positives\n"
    summary = lake.take(
        (header + "RWA,2021-07-21,-889137,0,0\n").encode(), source="who_searo_testing"
    )
    assert summary["outcomes"][0]["tables"]["tests"]["quarantined"] == 0
    assert lake.latest("tests", "who_searo_testing")["people_tested_new"].to_list() == [-889_137]
    assert any("889,137" in alert["sentence"] for alert in summary["alerts"])
