import json

import polars as pl
import pytest

from tasks.marts.registry import MARTS
from tasks.vault.backends.open_store import open_store
from tests.tasks.marts.frames import inputs
from tests.vaxwatch.lakes import fill

BY_NAME = {mart.name: mart for mart in MARTS}


@pytest.fixture(scope="module")
def steps() -> pl.DataFrame:
    """Return the promise steps of the small lake."""
    uri = "memory:promise-steps"
    fill(uri)
    store = open_store(uri)
    totals = BY_NAME["country_totals"].rows(inputs(store, "unicef_market"))
    made_of = inputs(store, "unicef_market", marts={"country_totals": totals})
    return BY_NAME["promise_steps"].rows(made_of).filter(iso3="PRK")


def test_a_step_has_its_parts_and_the_alert_on_it(steps: pl.DataFrame) -> None:
    """Parts are JSON in the order of their keys; the worst alert of the version is named."""
    assert steps["total"].to_list() == [8_115_600, 1_540_800, 1_288_800]
    parts = [json.loads(text) for text in steps["parts"]]
    assert parts[1] == [
        {"product": "AstraZeneca", "mechanism": "COVAX", "doses_allocated": 1_288_800},
        {"product": "Covovax", "mechanism": "COVAX", "doses_allocated": 252_000},
    ]
    assert steps["alert"].is_null().to_list() == [True, False, False]


def test_every_figure_names_its_version_and_address(steps: pl.DataFrame) -> None:
    """A reader can go to the page that showed it."""
    assert steps["source_url"].to_list()[1] == "https://example.org/2022-02-10"
    assert steps["vintage_id"][1].startswith("20220210T000000Z-")
    assert not steps["is_held"].any()
