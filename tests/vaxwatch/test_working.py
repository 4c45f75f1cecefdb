from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from schemas.errors import WrongUse
from tests.vaxwatch.lakes import Ask
from vaxwatch.commands.source_runs import asked_sources, fetchable, file_options
from vaxwatch.commands.summary_tables import VERDICTS, draw_backfill, draw_ingests, draw_replay

ALERT = {
    "fingerprint": "f" * 64,
    "rule": "R1",
    "severity": "critical",
    "confidence": "unconfirmed",
    "state": "open",
    "as_of": "2022-02-10T00:00:00+00:00",
    "sentence": "DPR Korea's allocation fell from 8,115,600 to 1,540,800 doses [81 %].",
    "group": None,
}


def outcome(verdict: str, quarantined: int = 0) -> dict[str, Any]:
    """Return what became of one snapshot of allocations."""
    counts = {"rows": 2, "inserted": 1, "updated": 0, "deleted": 1, "quarantined": quarantined}
    return {
        "source": "unicef_market",
        "id": "20220210T000000Z-a76b66ce",
        "as_of": "2022-02-10T00:00:00+00:00",
        "verdict": verdict,
        "tables": {"allocations": counts},
        "notes": [],
    }


def ingested(*outcomes: dict[str, Any], error: str | None = None) -> dict[str, Any]:
    """Return the summary of one source's ingest."""
    return {
        "source": "unicef_market",
        "outcomes": list(outcomes),
        "alerts": [ALERT],
        "notes": ["3 of 40 rows are left."],
        "error": error,
    }


def backfilled(*outcomes: dict[str, Any], failed: tuple[str, ...] = ()) -> dict[str, Any]:
    """Return the summary of a backfill."""
    verdicts = [one["verdict"] for one in outcomes]
    at = "2022-02-10T00:00:00+00:00"
    return {
        **ingested(*outcomes),
        "planned": [
            {"id": one["id"], "as_of": at, "file": "2022-02-10.csv", "state": "missing"}
            for one in outcomes
        ],
        "failed": [{"file": name, "as_of": at, "error": "It is empty."} for name in failed],
        **{name: verdicts.count(name) for name in VERDICTS},
    }


def drawn(picture: Any, *arguments: Any, **options: Any) -> str:
    """Return what a function draws on 100 columns, its lines joined."""
    console = Console(width=100, highlight=False, emoji=False, markup=False)
    with console.capture() as held:
        picture(console, *arguments, **options)
    return " ".join(held.get().split())


def replayed(*outcomes: dict[str, Any], released: int, waiting: int) -> dict[str, Any]:
    """Return the summary of a replay."""
    counted = {"released": released, "waiting": waiting}
    return {**ingested(*outcomes), "failed": list[dict[str, str]](), **counted}


def test_a_replay_counts_what_it_released_and_what_stays_in_quarantine() -> None:
    """Counts, and what cannot be read at all."""
    some = replayed(outcome("new", quarantined=1), outcome("known"), released=2, waiting=1)
    assert "1 vintage parsed again; 2 faults released, 1 still there." in drawn(draw_replay, some)
    gone = {**some, "failed": [{"id": "20220210T000000Z-a76b66ce", "error": "It is gone."}]}
    assert "20220210T000000Z-a76b66ce cannot be read: It is gone." in drawn(draw_replay, gone)


def test_an_ingest_is_drawn_with_rows_notes_and_alerts() -> None:
    """A person sees what came in, why it was held, and what it showed."""
    seen = drawn(draw_ingests, [ingested(outcome("held", quarantined=1)), ingested(error="gone")])
    assert "held back" in seen
    assert "3 of 40 rows are left." in seen
    assert "unicef_market failed" in seen
    assert "2022-02-10 critical DPR Korea's allocation fell" in seen
    assert "[81 %]. [unconfirmed]" in seen


def test_silenced_alerts_come_last_and_no_note_is_repeated() -> None:
    """A person reads what is news first, and each note once."""
    summary = ingested(outcome("new"))
    silent = ALERT | {"state": "silenced", "sentence": "It is known."}
    summary["alerts"] = [silent, ALERT | {"severity": "low"}]
    seen = drawn(draw_ingests, [summary], ["3 of 40 rows are left."])
    assert "rows are left" not in seen
    assert "It is known. [unconfirmed] [silenced]" in seen
    assert seen.index("low DPR Korea") < seen.index("critical It is known.")


def test_what_waits_for_a_person_is_shown_with_the_next_step() -> None:
    """Rows in quarantine and a held vintage each have a command that can be copied."""
    seen = drawn(draw_ingests, [ingested(outcome("held", quarantined=5)), ingested(outcome("new"))])
    assert "5 rows wait in quarantine: vaxwatch quarantine list" in seen
    release = "vaxwatch quarantine release unicef_market 20220210T000000Z-a76b66ce"
    assert f"20220210T000000Z-a76b66ce is held; if it is right: {release}" in seen
    many = drawn(draw_backfill, backfilled(*[outcome("held")] * 7), dry_run=False)
    assert many.count(release) == 5
    assert "Held as well: 2 older vintages." in many
    quiet = drawn(draw_ingests, [ingested(outcome("known", quarantined=1), outcome("new"))])
    assert "quarantine list" not in quiet
    assert "is held" not in quiet


def test_a_backfill_is_drawn_with_its_counts() -> None:
    """A person sees every vintage, every file that failed, and the sum."""
    seen = drawn(draw_backfill, backfilled(outcome("new"), failed=("a.csv",)), dry_run=False)
    assert "a.csv failed: It is empty." in seen
    assert "1 new, 0 nothing changed, 0 here already, 0 held back, 0 blocked; 1 failed." in seen


def test_a_note_of_a_backfill_names_its_vintage() -> None:
    """Of many vintages each has its own."""
    noted = outcome("new") | {"notes": ["A total is not its sum."]}
    later = noted | {"as_of": "2022-02-11T06:00:00+00:00"}
    seen = drawn(draw_backfill, backfilled(noted, later), dry_run=False)
    assert "2022-02-10: A total is not its sum." in seen
    assert "2022-02-11T06:00:00Z: A total is not its sum." in seen


def test_a_failed_expectation_is_shown_with_its_page() -> None:
    """After an ingest as after a backfill: the sentence, and where more of it is."""
    note, known = "who_cases.cases is published, but look: …", "A waiver has expired."
    page, other = "lake/data-docs/who_cases/cases.html", "lake/data-docs/who_cases/tests.html"
    judged = {
        "notes": [known, note],
        "unmet": [{"dataset": "who_cases.cases", "expectation": "rows", "sentence": note}],
        "data_docs": [page, other],
    }
    backfill, one = backfilled(outcome("new")) | judged, ingested(outcome("new")) | judged
    for seen in (
        drawn(draw_backfill, backfill, [known], dry_run=False),
        drawn(draw_ingests, [one], [known]),
    ):
        assert seen.count(note) == 1
        assert f"What was expected, and what was seen: {page}" in seen
        assert other not in seen
        assert known not in seen


def test_a_dry_run_is_drawn_as_a_plan() -> None:
    """The plan lists the files and their retrieval times."""
    seen = drawn(draw_backfill, backfilled(outcome("new")), dry_run=True)
    assert "1 snapshot would be taken" in seen
    assert "2022-02-10.csv" in seen


def test_a_snapshot_that_nobody_has_seen_has_no_id_yet() -> None:
    """Before its bytes came only its time and its place are known."""
    summary = backfilled(outcome("new"))
    summary["planned"][0] |= {"id": None, "file": "a.csv@1a2b3c4d5e6f"}
    seen = drawn(draw_backfill, summary, dry_run=True)
    assert "known after download" in seen
    assert "a.csv@1a2b3c4d5e6f" in seen


def test_both_ends_of_a_long_plan_are_drawn() -> None:
    """With what the lake has of each so far, and how many are between."""
    summary = backfilled(outcome("new"))
    [one] = summary["planned"]
    summary["planned"] = [one | {"file": f"{n}.csv", "state": "failed"} for n in range(60)]
    seen = drawn(draw_backfill, summary, dry_run=True)
    assert "60 snapshots would be taken" in seen
    assert "archived, not published" in seen
    assert "10 more snapshots" in seen
    drawn_files = [n for n in (0, 24, 25, 34, 35, 59) if f" {n}.csv " in seen]
    assert drawn_files == [0, 24, 35, 59]


def test_a_backfill_that_was_stopped_shows_what_is_left() -> None:
    """A person sees why, and how many snapshots are left."""
    summary = backfilled(outcome("new")) | {"stopped": "The archive sends us away."}
    summary["planned"] *= 3
    seen = drawn(draw_backfill, summary, dry_run=False)
    assert "stopped early. The archive sends us away." in seen
    assert "0 failed, 2 not asked for." in seen


def test_the_help_lists_where_snapshots_may_come_from(ask: Ask) -> None:
    """Each kind of origin is explained."""
    text = " ".join(ask("backfill", "--help").out.split())
    for origin in ("dir:PATH", "git:REPO:PATH", "wayback:URL", "raw"):
        assert origin in text


def test_sources_are_named_or_all() -> None:
    """Names are taken once each; --all means every declared source."""
    assert asked_sources(["unicef_market", "unicef_market"], every=False) == ["unicef_market"]
    assert "undp_vaccine_equity" in asked_sources([], every=True)


def test_all_sources_are_those_that_can_be_fetched(capsys: pytest.CaptureFixture[str]) -> None:
    """A page for people is left out with a line, unless another address was given for it."""
    wanted = ["who_cases", "un_population", "covax_allocations"]
    assert fetchable(wanted, {"covax_allocations"}, every=True) == [
        "who_cases",
        "covax_allocations",
    ]
    assert "un_population is left out. Save the total population" in capsys.readouterr().err


def test_a_local_file_may_give_its_time_by_its_name(tmp_path: Path) -> None:
    """A date means its beginning; none leaves it to the file's name."""
    file = tmp_path / "2022-02-10.csv"
    file.touch()
    given = file_options(["unicef_market"], file, "2022-02-10")
    assert given["retrieved_at"].isoformat() == "2022-02-10T00:00:00+00:00"
    assert file_options(["unicef_market"], file, None)["retrieved_at"] is None
    assert file_options(["unicef_market"], None, None) == {}
    with pytest.raises(WrongUse, match="give --file"):
        file_options(["unicef_market"], None, "2022-02-10")


@pytest.mark.parametrize(
    ("words", "text"),
    [
        (["ingest"], "Say which sources, or --all"),
        (["ingest", "unicef_market", "--all"], "Say which sources, or --all"),
        (["ingest", "nobody"], "no source 'nobody'"),
        (
            ["ingest", "covax_allocations"],
            "is a page for people; expected the address of a table. Open that page and save",
        ),
        (["ingest", "un_population"], "Then: vaxwatch ingest un_population --file PATH"),
        (["ingest", "unicef_market", "--retrieved-at", "2022"], "give --file PATH"),
        (["ingest", "--all", "--file", "a.csv"], "--file is of one source"),
        (["ingest", "unicef_market", "--file", "a.csv"], "no such file"),
        (
            ["ingest", "unicef_market", "--file", "undated.csv"],
            "the time of undated.csv is unknown",
        ),
        (
            ["ingest", "unicef_market", "--file", "undated.csv", "--retrieved-at", "x"],
            "'x' is no time; expected a date (2022-02-10, 00:00Z is meant) or an instant (",
        ),
        (["backfill", "unicef_market", "--origin", "ftp:x"], "There is: dir:PATH"),
        (["backfill", "unicef_market", "--origin", "wayback:x"], "expected a web address"),
        (["backfill", "unicef_market", "--origin", "git:none:a.csv"], "'none' is no folder"),
        (["backfill", "unicef_market", "--origin", "dir:none"], "is no folder"),
        (["backfill", "nobody", "--origin", "dir:."], "no source 'nobody'"),
        (["backfill", "unicef_market", "--origin", "dir:.", "--from", "x"], "'x' is no time"),
        (
            [*("backfill", "who_cases", "--origin", "raw"), "--from=2022-02-02", "--to=2022-02-01"],
            "--from 2022-02-02 is after --to 2022-02-01",
        ),
        (["backfill", "unicef_market"], "--origin"),
        (["backfill", "unicef_market", "--origin", "dir:.", "--policy", "some"], "--policy"),
    ],
)
def test_a_wrong_call_is_reported_before_anything_is_done(
    ask: Ask, tmp_path: Path, words: list[str], text: str
) -> None:
    """Exit code 2 and one clear sentence."""
    (tmp_path / "undated.csv").touch()
    answer = ask(*words)
    assert answer.code == 2
    assert text in answer.err


@pytest.mark.parametrize("words", [["ingest", "unicef_market"], ["sources"], ["alerts", "list"]])
def test_a_setting_for_an_unknown_source_is_reported(
    ask: Ask, tmp_path: Path, words: list[str]
) -> None:
    """A misspelt section of vaxwatch.toml is never passed over, whatever is asked."""
    (tmp_path / "vaxwatch.toml").write_text('[sources.unicef]\nurl = "https://example.org"\n')
    answer = ask(*words)
    assert answer.code == 2
    assert "vaxwatch.toml sets [sources.unicef]. There is no source 'unicef'" in answer.err
