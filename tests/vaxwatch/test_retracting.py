"""`retract` on the command line: what it says, what is listed then, and what a wrong call does."""

import json
import re
import shutil
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from schemas.errors import UnknownName
from tasks.pipeline.ingest import ingest_snapshot
from tasks.runs.run_context import RunContext
from tasks.sources import source_named
from tasks.vault.backends.open_store import open_store
from tasks.vault.manifest import Retraction
from tasks.vault.retraction import commit_retraction
from tasks.vault.vault_reader import VaultReader
from tests.vaxwatch.lakes import NOW, Ask
from vaxwatch import open_lake

MARKET = "unicef_market"
DATASET = f"{MARKET}.allocations"
HEADER = "Recipient ISO,Vaccine Name,Doses Allocated\n"
DAYS = {"2022-02-01": 8_115_600, "2022-02-08": 1_540_800}
Ids = list[str]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the lake that each test gets a copy of."""
    folder = tmp_path_factory.mktemp("made")
    store, source = open_store(str(folder / "own")), source_named(MARKET)
    for day, doses in DAYS.items():
        file, had_at = folder / f"{day}.csv", datetime.fromisoformat(f"{day}T00:00Z")
        file.write_text(f"{HEADER}PRK,AstraZeneca,{doses}\n")
        run = RunContext(store=store, source=source, at=datetime.now(UTC), check_quality=False)
        ingest_snapshot(run, file=str(file), retrieved_at=had_at)
    return folder / "own"


@pytest.fixture
def own(made: Path, tmp_path: Path) -> Path:
    """Return a lake with two vintages, of which the newer one is of a wrong time."""
    return Path(shutil.copytree(made, tmp_path / "own"))


@pytest.fixture
def ids(ask: Ask, own: Path) -> Ids:
    """Return the ids of its vintages, oldest first."""
    return [one["id"] for one in ask("vintages", DATASET, "--json", at=own).document]


@pytest.fixture
def retract(ask: Ask, own: Path) -> Callable[..., object]:
    """Return a function that retracts a vintage of the lake, or undoes that."""

    def run(name: str, *more: str) -> object:
        words = ("retract", MARKET, name, "--reason", "It is of 2023.", "--no-quality", *more)
        return ask(*words, at=own)

    return run


def test_a_retracted_vintage_is_listed_and_not_shown(
    ask: Ask, own: Path, ids: Ids, retract: Ask
) -> None:
    """Its reason, time and name are in the list; every other answer is as if it were not there."""
    answer = retract(ids[1], "--by", "Kim", "--json")
    assert answer.code == 0
    decided = {name: answer.document[name] for name in ("id", "undone", "reason", "by", "failed")}
    assert decided == {
        "id": ids[1],
        "undone": False,
        "reason": "It is of 2023.",
        "by": "Kim",
        "failed": [],
    }
    assert (answer.document["before"], answer.document["number"]) == (2, 3)
    first, second = ask("vintages", DATASET, "--json", at=own).document
    assert (first["retracted"], second["id"], second["rows"]) == (None, ids[1], 1)
    assert re.fullmatch(r"\d{4}-.*\+00:00", second["retracted"].pop("at"))
    assert second["retracted"] == {"reason": "It is of 2023.", "by": "Kim"}
    drawn = " ".join(ask("vintages", DATASET, at=own).out.split())
    assert re.search(rf"{ids[1]} was retracted \S+Z by Kim: It is of 2023\.", drawn)
    assert ask("asof", DATASET, "latest", "--json", at=own).document["id"] == ids[0]
    assert ask("alerts", "list", "--json", at=own).document == []
    refused = ask("asof", DATASET, ids[1], at=own)
    assert refused.code == 2
    assert "was retracted at" in refused.err
    assert f"It is of 2023. To undo that: vaxwatch retract {MARKET} {ids[1]} --undo" in refused.err
    assert ask("verify", "--deep", at=own).code == 0


def test_it_comes_back(ask: Ask, own: Path, ids: Ids, retract: Ask) -> None:
    """Nothing is left of the retraction but its record."""
    before = [
        ask(*words, "--json", at=own).document
        for words in (("vintages", DATASET), ("asof", DATASET, "latest"), ("alerts", "list"))
    ]
    out = " ".join(retract(ids[1]).out.split())
    assert f"{MARKET} {ids[1]} is retracted, as commit 3; commit 2 has the previous figures." in out
    answer = retract(ids[1], "--undo")
    assert answer.code == 0
    assert f"{ids[1]} is back, as commit 4" in " ".join(answer.out.split())
    after = [
        ask(*words, "--json", at=own).document
        for words in (("vintages", DATASET), ("asof", DATASET, "latest"), ("alerts", "list"))
    ]
    assert [after[0], after[1]] == before[:2]
    names = [{(one["fingerprint"], one["state"]) for one in side[2]} for side in (before, after)]
    assert names[0] == names[1] != set()


def test_the_only_vintage_may_be_retracted(ask: Ask, own: Path, ids: Ids, retract: Ask) -> None:
    """The source is as one that was never ingested; its files have no rows."""
    for name in ids:
        assert retract(name).code == 0
    listed = ask("vintages", DATASET, "--json", at=own).document
    assert [one["id"] for one in listed if one["retracted"]] == ids
    sources = {one["name"]: one for one in ask("sources", "--json", at=own).document}
    assert (sources[MARKET]["last_as_of"], sources[MARKET]["state"]) == (None, "never")
    for words in (("asof", DATASET, "latest"), ("diff", DATASET, "latest", "latest")):
        assert ask(*words, at=own).code == 2
    with pytest.raises(UnknownName, match="no vintage"):
        open_lake(str(own)).versions(DATASET)
    assert ask("history", DATASET, "--where", "iso3=PRK", "--json", at=own).document == []
    assert "1 source in" in ask("verify", at=own).out
    assert ask("compact", MARKET, at=own).code == 2
    assert ask("verify", "--deep", at=own).code == 0


def test_repair_finishes_a_retraction(ask: Ask, own: Path, ids: Ids) -> None:
    """A killed run has left files with the figures; also where no vintage is left."""
    vault = VaultReader(open_store(str(own)), MARKET)
    for name in ids:
        decided = Retraction(id=name, at=NOW, reason="a typo", by=None, vintage=None)
        commit_retraction(vault, decided)
    assert ask("verify", at=own).code == 1
    answer = ask("repair", "--json", at=own)
    assert (answer.code, answer.document["problems"]) == (0, [])
    assert ask("verify", "--deep", at=own).code == 0


@pytest.mark.parametrize(
    ("words", "text"),
    [
        ((MARKET, "nobody", "--reason", "x"), "There is no vintage 'nobody'. There are: 2022"),
        (("nobody", "x", "--reason", "x"), "There is no source 'nobody'"),
        (("undp_vaccine_equity", "x", "--reason", "x"), "has no vintage in"),
        ((MARKET, "x", "--reason", "x", "--undo"), "is not retracted. Retracted are: none."),
        ((MARKET, "x", "--reason", " "), "--reason is empty"),
        ((MARKET, "x"), "Missing option '--reason'"),
    ],
)
def test_a_wrong_call_changes_nothing(
    ask: Ask, own: Path, words: tuple[str, ...], text: str
) -> None:
    """Exit code 2 and one clear sentence."""
    answer = ask("retract", *words, "--json", at=own)
    assert answer.code == 2
    assert text in json.loads(answer.out)["error"]
    head = VaultReader(open_store(str(own)), MARKET).head
    assert head is not None
    assert head.number == 2


def test_who_decides_is_the_login_name_where_there_is_one(
    own: Path, ids: Ids, retract: Ask, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A container may run as a user without a name; then nobody is named."""
    monkeypatch.setenv("LOGNAME", "lee")
    assert retract(ids[1], "--by", " ", "--json").document["by"] == "lee"
    for name in ("LOGNAME", "USER", "LNAME", "USERNAME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr("os.getuid", lambda: 2**31 - 7)
    assert retract(ids[1], "--undo", "--json").document["by"] is None
