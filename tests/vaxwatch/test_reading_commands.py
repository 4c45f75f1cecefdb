import csv
import re
import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasks.exports.spreadsheet_text import FIGURE, without_formulas
from tasks.vault.backdated_insert import Draft, TableDraft
from tasks.vault.backends.open_store import open_store
from tasks.vault.commit import commit_snapshots
from tasks.vault.vault_reader import VaultReader
from tests.vaxwatch.lakes import KEY, NOW, Ask, snapshot
from vaxwatch import open_lake
from vaxwatch.archive import archive_folder
from vaxwatch.commands import result_tables
from vaxwatch.commands.listing_commands import source_documents

DATASET = "unicef_market.allocations"
ABOUT_A_DATASET = ("vintages", "asof", "diff", "history")
KEY_PRK = {"iso3": "PRK", "product": "AstraZeneca", "mechanism": "COVAX"}


def test_vintages_have_the_contracted_shape(ask: Ask) -> None:
    """Each vintage is an object with the names that programs rely on."""
    first, second, third = ask("vintages", DATASET, "--json").document
    assert list(first) == [
        "id",
        "as_of",
        "rows",
        "inserted",
        "updated",
        "deleted",
        "columns",
        "sha256",
        "is_new",
        "held",
        "seen",
        "unchanged",
        "unseen",
        "hidden",
        "retracted",
    ]
    assert [second["seen"], second["unchanged"], second["hidden"]] == [3, 0, 0]
    assert [third["seen"], third["unchanged"], third["unseen"]] == [2, 2, 0]
    assert first["as_of"] == "2021-12-23T00:00:00+00:00"
    assert first["columns"] == ["iso3", "product", "mechanism", "doses_allocated"]
    assert (second["inserted"], second["updated"], third["deleted"]) == (1, 2, 1)
    assert (first["held"], first["is_new"]) == (False, True)


def test_vintages_are_drawn_one_a_line(ask: Ask) -> None:
    """A person sees id, day and counts of each."""
    answer = ask("vintages", DATASET)
    assert answer.code == 0
    assert "3 vintages" in answer.out
    assert "2022-02-10" in answer.out


def test_asof_answers_what_was_known_on_a_day(ask: Ask) -> None:
    """A bare date means its end; the newest vintage until then answers."""
    document = ask("asof", DATASET, "2022-02-10", "--where", "iso3=PRK", "--json").document
    assert document["dataset"] == DATASET
    assert document["as_of"] == "2022-02-10T00:00:00+00:00"
    assert document["id"].startswith("20220210T000000Z-")
    assert [(row["product"], row["doses_allocated"]) for row in document["rows"]] == [
        ("AstraZeneca", 1_288_800),
        ("Covovax", 252_000),
    ]


def test_asof_takes_an_id_and_latest(ask: Ask) -> None:
    """A vintage's id names it as well as its time does."""
    newest = ask("asof", DATASET, "latest", "--json").document
    assert ask("asof", DATASET, newest["id"], "--json").document == newest


def test_asof_draws_thousands_and_dashes(ask: Ask) -> None:
    """A person reads separators, and a dash where nothing was published."""
    answer = ask("asof", DATASET, "2022-02-10")
    assert "1,288,800" in answer.out
    assert "–" in answer.out  # noqa: RUF001 (the dash for what was not published)


def test_asof_marks_a_held_vintage(ask: Ask) -> None:
    """A person sees that `latest` may wait for a release."""
    assert "it is held" in ask("asof", "who_searo_testing.tests", "2022-02-14").out


def test_a_screen_shows_the_beginning_and_counts_the_rest(
    ask: Ask, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What does not fit is counted, with the way to have it all."""
    monkeypatch.setattr(result_tables, "SHOWN", 1)
    assert "2 more rows: --where, --json" in ask("asof", DATASET, "2022-02-10").out
    assert "2 more figures" in ask("diff", DATASET, "2021-12-23", "2022-02-10").out


@pytest.mark.parametrize("suffix", ["parquet", "csv"])
def test_asof_writes_a_file(ask: Ask, tmp_path: Path, suffix: str) -> None:
    """--out holds the same rows that are shown."""
    out = tmp_path / f"then.{suffix}"
    answer = ask("asof", DATASET, "latest", "--out", str(out))
    assert f"2 rows written to {out}" in " ".join(answer.out.split())
    frame = pl.read_parquet(out) if suffix == "parquet" else pl.read_csv(out)
    assert frame["doses_allocated"].to_list() == [None, 1_288_800]


@given(text=st.text(st.sampled_from("=+-@\t\r1.a'"), min_size=1, max_size=5))
def test_no_cell_of_a_safe_csv_is_a_formula(text: str) -> None:
    """It begins with none of the signs, or is a number; what is behind the apostrophe is as was."""
    frame = pl.DataFrame({"name": [text], "doses": [-5]})
    [(safe, doses)] = without_formulas(frame).rows()
    assert doses == -5
    assert safe in (text, f"'{text}")
    assert (safe == text) == (text[0] not in "=+-@\t\r" or re.search(FIGURE, text) is not None)


def test_a_safe_csv_is_written_on_request(ask: Ask, lake: Path, tmp_path: Path) -> None:
    """A publisher's text that is a formula; without the option it stands as published."""
    own = tmp_path / "own"
    shutil.copytree(lake, own)
    vault = VaultReader(open_store(str(own)), "unicef_market")
    frame = pl.DataFrame(
        {
            "iso3": ["PRK"],
            "product": ['=HYPERLINK("http://x")'],
            "mechanism": ["-5"],
            "doses_allocated": [-5],
        }
    )
    table = TableDraft(frame=frame, key=KEY)
    draft = Draft(snapshot=snapshot("unicef_market", "2022-02-24"), tables={"allocations": table})
    commit_snapshots(vault, [draft], at=NOW)
    out = tmp_path / "then.csv"
    words = ("asof", DATASET, "2022-02-24", "--out", str(out))
    for options, product in (
        ((), frame["product"][0]),
        (("--csv-safe",), "'" + frame["product"][0]),
    ):
        assert ask(*words, *options, at=own).code == 0
        [row] = csv.DictReader(out.read_text().splitlines())
        assert (row["product"], row["mechanism"], row["doses_allocated"]) == (product, "-5", "-5")


def test_a_file_that_the_system_refuses_is_reported(ask: Ask, tmp_path: Path) -> None:
    """Exit code 1, with the path and what the system says; no traceback, no unforeseen error."""
    (tmp_path / "a.csv").mkdir()
    answer = ask("asof", DATASET, "latest", "--out", str(tmp_path / "a.csv"))
    assert answer.code == 1
    assert f"--out {tmp_path / 'a.csv'}: could not be written: " in answer.err
    assert "directory" in answer.err
    assert "unforeseen" not in answer.err


@pytest.mark.parametrize("name", ["a.csv", "a.parquet"])
def test_a_full_disk_is_one_sentence(ask: Ask, tmp_path: Path, name: str) -> None:
    """Whichever error the library raises for the format."""
    (tmp_path / name).symlink_to("/dev/full")
    answer = ask("asof", DATASET, "latest", "--out", str(tmp_path / name))
    assert answer.code == 1
    assert f"{name}: could not be written: " in answer.err
    assert "No space left on device" in answer.err


@pytest.mark.parametrize(
    ("out", "expected"), [("a.xlsx", ".parquet or .csv"), ("none/a.csv", "no folder")]
)
def test_a_file_that_cannot_be_written_is_wrong_use(ask: Ask, out: str, expected: str) -> None:
    """Another ending, or a folder that is not there, is refused before anything is written."""
    answer = ask("asof", DATASET, "latest", "--out", out)
    assert answer.code == 2
    assert expected in answer.err


def test_diff_has_the_contracted_shape(ask: Ask) -> None:
    """One object per changed figure: whole numbers stay whole."""
    answer = ask("diff", DATASET, "2021-12-23", "2022-02-10", "--where", "iso3=PRK", "--json")
    revised, added = answer.document
    assert revised == {
        "key": KEY_PRK,
        "column": "doses_allocated",
        "before": 8_115_600,
        "after": 1_288_800,
        "change": -6_826_800,
        "rel_change": pytest.approx(-0.8412, abs=1e-4),
        "kind": "revised",
        "gone": None,
    }
    assert isinstance(revised["before"], int)
    assert (added["before"], added["after"], added["kind"]) == (None, 252_000, "added")


def test_diff_calls_a_figure_that_became_null_withdrawn(ask: Ask) -> None:
    """Published before and not now is withdrawn, as a row that is gone is."""
    where = ("--where", "iso3=GHA", "--json")
    (gone,) = ask("diff", DATASET, "2021-12-23", "latest", *where).document
    assert (gone["before"], gone["after"], gone["kind"]) == (5_000, None, "withdrawn")


def test_diff_is_drawn_with_percent(ask: Ask) -> None:
    """A person sees before, after and by how much."""
    answer = ask("diff", DATASET, "2021-12-23", "latest")
    assert "\N{MINUS SIGN}84.1 %" in answer.out
    assert "PRK AstraZeneca COVAX" in answer.out


def test_diff_of_a_vintage_with_itself_is_empty(ask: Ask) -> None:
    """Nothing changed is a sentence for a person and an empty list for a program."""
    assert ask("diff", DATASET, "latest", "latest", "--json").document == []
    assert "nothing changed" in ask("diff", DATASET, "latest", "latest").out


def test_history_has_the_contracted_shape(ask: Ask) -> None:
    """One object per change of a row: when, which vintage, the key, then the figures."""
    answer = ask(
        "history", DATASET, "--where", "iso3=PRK", "--where", "product=AstraZeneca", "--json"
    )
    first, second = answer.document
    observation = ["status", "gone", "last_seen", "seen", "unseen"]
    assert list(first) == ["as_of", "id", "key", "doses_allocated", *observation]
    assert [second[name] for name in observation] == [
        "printed",
        None,
        "2022-02-22T00:00:00+00:00",
        2,
        0,
    ]
    assert first["key"] == KEY_PRK
    assert [first["doses_allocated"], second["doses_allocated"]] == [8_115_600, 1_288_800]
    assert second["as_of"] == "2022-02-10T00:00:00+00:00"


def test_history_distinguishes_a_row_that_went_from_one_that_was_seen_again(ask: Ask) -> None:
    """With the reason, as a difference does; a person reads it in words."""
    where = ("--where", "iso3=PRK", "--where", "product=Covovax")
    there, gone = ask("history", DATASET, *where, "--json").document
    assert (there["status"], there["seen"]) == ("printed", 1)
    assert (gone["status"], gone["gone"], gone["last_seen"]) == ("gone", "source_removed", None)
    drawn = ask("history", DATASET, "--where", "iso3=PRK").out
    assert "seen in 1 vintage " in drawn
    assert "seen in 2 vintages" in drawn
    assert "gone (row removed)" in drawn
    (went,) = ask("diff", DATASET, "2022-02-10", "latest", *where, "--json").document
    assert (went["kind"], went["gone"]) == ("withdrawn", "source_removed")
    assert "withdrawn (row removed)" in ask("diff", DATASET, "2022-02-10", "latest", *where).out


def test_history_of_a_long_list_counts_the_rest(ask: Ask, monkeypatch: pytest.MonkeyPatch) -> None:
    """What does not fit is counted."""
    monkeypatch.setattr(result_tables, "SHOWN", 1)
    assert "3 more changes: --where" in ask("history", DATASET, "--where", "iso3=PRK").out


def test_history_of_no_row_is_a_sentence(ask: Ask) -> None:
    """A key that never occurred is no error."""
    answer = ask("history", DATASET, "--where", "iso3=XKX")
    assert answer.code == 0
    assert "no row" in answer.out
    assert answer.err.startswith("Values are matched exactly. There is no iso3 'XKX'")


def test_history_of_no_row_offers_values_that_come_near(ask: Ask) -> None:
    """Also those that only an older vintage had; values that never met are reported."""
    near = ask("history", DATASET, "--where", "product=covovaxx", "--where", "iso3=PRK").err
    assert near == (
        "Values are matched exactly. There is no product 'covovaxx'; near it: Covovax.\n"
    )
    never_met = ("--where", "iso3=GHA", "--where", "product=AstraZeneca")
    answer = ask("history", DATASET, *never_met, "--json")
    assert answer.document == []
    assert answer.err == "Values are matched exactly. No row has all of these at once.\n"


def test_sources_have_the_contracted_shape(ask: Ask) -> None:
    """Every declared source is listed, also one that was never ingested here."""
    listed = {source["name"]: source for source in ask("sources", "--json").document}
    assert list(listed["unicef_market"]) == [
        "name",
        "publisher",
        "url",
        "licence",
        "cadence",
        "last_as_of",
        "state",
        "attribution",
        "frozen",
        "by_hand",
        "ended",
    ]
    assert listed["unicef_market"]["cadence"] == "P7D"
    assert listed["unicef_market"]["last_as_of"] == "2022-02-22T00:00:00+00:00"
    assert listed["undp_vaccine_equity"]["last_as_of"] is None
    assert listed["undp_vaccine_equity"]["state"] == "never"
    assert listed["owid_testing"]["state"] == "retired"
    assert "June 2022" in listed["owid_testing"]["ended"]


def test_sources_are_drawn_in_words(ask: Ask) -> None:
    """How often they publish, since when they do not, and how to get what is no table."""
    drawn = " ".join(ask("sources").out.split())
    for words in ("2 years", "7 days", "1 day", "retired", "Last updated on 22 August 2023"):
        assert words in drawn
    assert "Open that page and save" in drawn
    assert "P7D" not in drawn


def test_a_year_is_no_figure(ask: Ask, tmp_path: Path) -> None:
    """What names a row has no separators; what is counted has."""
    lake = tmp_path / "lake"
    file = archive_folder("un_population") / "2019-06-17.csv"
    assert ask("ingest", "un_population", "--file", str(file), at=lake).code == 0
    words = ("un_population.population", "latest", "--where", "iso3=PRK")
    drawn = ask("asof", *words, at=lake).out
    assert "2020" in drawn
    assert "2,020" not in drawn
    assert "25,778,815" in drawn


def test_sources_need_no_lake(ask: Ask, tmp_path: Path) -> None:
    """What is watched is known before anything was ingested; asking makes no folder."""
    answer = ask("sources", at=tmp_path / "none")
    assert answer.code == 0
    assert "never" in answer.out
    assert f"Nothing was ever ingested at {tmp_path / 'none'}" in answer.err
    assert not (tmp_path / "none").exists()


def test_a_source_is_active_for_two_cadences(lake: Path) -> None:
    """Freshness is judged by the source's own cadence."""
    seen = datetime(2022, 2, 22, tzinfo=UTC)
    states = {
        days: source_documents(open_lake(str(lake)), seen + timedelta(days=days))[0]["state"]
        for days in (14, 15)
    }
    assert states == {14: "active", 15: "stale"}


@pytest.mark.parametrize("command", ABOUT_A_DATASET)
def test_an_unknown_dataset_names_those_there_are(ask: Ask, command: str) -> None:
    """A wrong name is wrong use, and the right ones are listed."""
    words = {"asof": ["latest"], "diff": ["latest", "latest"], "history": ["--where", "iso3=PRK"]}
    answer = ask(command, "unicef_market.deliveries", *words.get(command, []))
    assert answer.code == 2
    assert "There is no dataset 'unicef_market.deliveries'" in answer.err
    assert DATASET in answer.err
    assert answer.out == ""


@pytest.mark.parametrize("command", ABOUT_A_DATASET)
def test_a_missing_lake_names_the_next_step(ask: Ask, tmp_path: Path, command: str) -> None:
    """No lake is wrong use, with the next step."""
    words = {"asof": ["latest"], "diff": ["latest", "latest"], "history": ["--where", "iso3=PRK"]}
    answer = ask(command, DATASET, *words.get(command, []), at=tmp_path / "none")
    assert answer.code == 2
    assert f"There is no lake at {tmp_path / 'none'}" in answer.err
    assert "vaxwatch demo" in answer.err


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (["asof", DATASET, "2020-01-01"], "nothing was known at 2020-01-01"),
        (["asof", DATASET, "yesterday"], "'yesterday' is no time"),
        (["asof", DATASET, "latest", "--where", "iso3"], "expected K=V"),
        (["asof", DATASET, "latest", "--out", "x.xyz"], "ends in .parquet or .csv"),
        (["asof", DATASET, "latest", "--csv-safe"], "--csv-safe is for --out F.csv"),
        (["asof", DATASET, "latest", "--out", "x.parquet", "--csv-safe"], "--out F.csv"),
        (["quarantine", "list", "--source", "nobody"], "There is no ingested source 'nobody'."),
        (["asof", DATASET, "latest", "--where", "country=PRK"], "no column 'country'"),
        (["history", DATASET, "--where", "doses_allocated=0"], "no key column"),
        (["diff", DATASET, "latest", "20220101T000000Z-00000000"], "no vintage"),
    ],
)
def test_a_question_that_cannot_be_answered_is_wrong_use(
    ask: Ask, words: list[str], expected: str
) -> None:
    """Each ends in one sentence on standard error and exit code 2."""
    answer = ask(*words)
    assert answer.code == 2
    assert expected in answer.err
    assert answer.err.count("\n") == 1
