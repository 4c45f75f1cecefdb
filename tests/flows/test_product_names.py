"""A lake that has products under their publishers' names, and the next vintage."""

from collections.abc import Mapping
from pathlib import Path

import polars as pl
import pycountry
import pytest

from schemas.product_list import PUBLISHED
from schemas.tables import key_of
from tasks.alerts.update_alerts import update_alerts
from tasks.raw.archive import archive_snapshot
from tasks.sources import source_named
from tasks.steps.publish import publish
from tasks.vault.backdated_insert import Draft, TableDraft
from tasks.vault.commit import commit_snapshots
from tasks.vault.queries import difference
from tasks.vault.vault_reader import VaultReader
from tasks.web.fetch import from_file
from tests.flows.lakes import DAY, HEADER, Lake

SOURCE = source_named("unicef_market")
CODES = sorted(country.alpha_3 for country in pycountry.countries)[:40]
OLD_NAMES = {"AstraZeneca": "AstraZeneca - Vaxzevria", "SII - Covovax": "Covovax"}
"""What the publisher writes, and the canonical name."""


def body(az: Mapping[str, int] | int, *, covovax: int = 200_000, prk: int = 1_288_800) -> bytes:
    """Return an export with two products for every country, and one that both sides know."""
    doses = az if isinstance(az, Mapping) else dict.fromkeys(CODES, az)
    rows = [f"{code},AstraZeneca,{count}\n" for code, count in doses.items()]
    rows += [f"{code},SII - Covovax,{covovax}\n" for code in doses]
    return (HEADER + "".join([*rows, f"PRK,,{prk}\n", "PRK,Martian,700000\n"])).encode()


def written_before(lake: Lake, content: bytes, *, day: int) -> None:
    """Commit a snapshot as the version before did: names as published, in the key."""
    at = DAY.replace(day=day)
    path = lake.folder / "before.csv"
    path.write_bytes(content)
    fetched = from_file(SOURCE, path, retrieved_at=at, url=None)
    archive_snapshot(lake.store, fetched)
    printed = SOURCE.parse(fetched.contents)["allocations"]
    doses = pl.col("Doses Allocated").cast(pl.Int64).alias("doses_allocated")
    product = pl.col("Vaccine Name").replace("", "unspecified").alias("product")
    mechanism = pl.lit("COVAX").alias("mechanism")
    frame = printed.select(pl.col("Recipient ISO").alias("iso3"), product, mechanism, doses)
    draft = TableDraft(frame=frame, key=key_of("allocations"), version=1)
    commit_snapshots(
        VaultReader(lake.store, SOURCE.name),
        [Draft(snapshot=fetched.snapshot, tables={"allocations": draft}, parser_version=2)],
        at=at,
    )
    publish(lake.store, SOURCE, [], at=at)
    vault = VaultReader(lake.store, SOURCE.name)
    update_alerts(vault, SOURCE, at=at, origin="live", in_force=())


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Lake:
    """Return the lake that each test gets a copy of."""
    lake = Lake(tmp_path_factory.mktemp("made"))
    written_before(lake, body(900_000), day=1)
    written_before(lake, body(1_000_000), day=2)
    return lake


@pytest.fixture
def lake(made: Lake, tmp_path: Path) -> Lake:
    """Return a lake with two vintages of the version before."""
    return made.copy(tmp_path)


def alerts(lake: Lake) -> set[tuple[str, ...]]:
    """Return rule, key, state, sentence and fingerprint of all alerts; old names as canonical."""
    table = pl.read_parquet(lake.folder / "lake" / "alerts" / "alerts.parquet")
    assert table.height
    found = table.select("rule", "key", "state", "sentence", "fingerprint")
    for old, canonical in OLD_NAMES.items():
        is_old = pl.col("sentence").str.replace_all(canonical, old, literal=True)
        found = found.with_columns(is_old.str.replace_all(old, canonical, literal=True))
    return set(found.rows())


def test_names_that_became_canonical_are_no_news(lake: Lake) -> None:
    """Nothing is held, withdrawn, cut or added; the figures stand under the canonical names."""
    before = alerts(lake)
    [outcome] = lake.take(body(1_000_000, prk=1_300_000), day=3)["outcomes"]
    assert (outcome["verdict"], outcome["notes"]) == ("new", [])
    counts = outcome["tables"]["allocations"]
    assert [counts[name] for name in ("inserted", "updated", "deleted")] == [0, 1, 0]
    assert alerts(lake) == before
    latest = lake.latest("allocations")
    assert latest.filter(iso3=CODES[0]).select("product", PUBLISHED).rows() == [
        ("AstraZeneca - Vaxzevria", "AstraZeneca"),
        ("Covovax", "SII - Covovax"),
    ]
    assert latest.filter(iso3="PRK").select("product", PUBLISHED).rows() == [
        ("Martian", "Martian"),
        ("unspecified", None),
    ]


def test_a_cut_in_the_first_vintage_with_canonical_names_is_seen(lake: Lake) -> None:
    """What changed besides the names is what it would have been: one country's cut, and no more."""
    doses = dict.fromkeys(CODES, 1_000_000) | {CODES[3]: 100_000}
    before = alerts(lake)
    lake.take(body(doses), day=3)
    new = alerts(lake) - before
    assert {rule for rule, *_ in new} <= {"R1", "R4"}
    assert {key for _, key, *_ in new} == {f'{{"iso3": "{CODES[3]}"}}'}


def test_no_history_has_a_name_of_before(lake: Lake) -> None:
    """The older vintages are read again from the archived bytes, with the words beside."""
    lake.take(body(1_000_000, prk=1_300_000), day=3)
    folder = lake.folder / "lake" / SOURCE.name / "allocations"
    history = pl.read_parquet(folder / "history.parquet")
    assert set(OLD_NAMES).isdisjoint(history["product"])
    assert set(OLD_NAMES.values()) <= set(history["product"])
    assert set(OLD_NAMES) <= set(history[PUBLISHED].drop_nulls())
    changes = pl.read_parquet(folder / "changes.parquet")
    assert changes.filter(kind="withdrawn").is_empty()
    assert PUBLISHED not in set(changes["column"])
    vault = VaultReader(lake.store, SOURCE.name)
    found = difference(vault, "allocations", *vault.vintages()[-2:])
    assert found.select("iso3", "product", "column").rows() == [
        ("PRK", "unspecified", "doses_allocated")
    ]


def test_quality_sees_no_row_go(lake: Lake) -> None:
    """Of the rows of the vintage before none is gone, and no figure is withdrawn."""
    lake.take(body(1_000_000, prk=1_300_000), day=3)
    results = pl.read_parquet(lake.folder / "lake" / "quality" / "results" / "latest.parquet")
    about = results.filter(pl.col("expectation").is_in(["keys_gone", "figures_withdrawn"]))
    assert about["observed"].to_list() == [0, 0]


def test_another_word_for_a_product_is_no_news_either(lake: Lake) -> None:
    """The publisher's word is published and not compared: no version, change or alert."""
    lake.take(body(1_000_000), day=3)
    before = alerts(lake)
    reworded = body(1_000_000).replace(b"SII - Covovax", b"Covovax")
    [outcome] = lake.take(reworded, day=4)["outcomes"]
    assert (outcome["verdict"], outcome["notes"]) == ("unchanged", [])
    assert alerts(lake) == before
