"""`make new-source`: what it makes passes the tests at once, in a copy of the tree."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path

import polars as pl
import pytest

from tests.new_source import KINDS, LITERAL, ROOT, main, refusal

pytestmark = pytest.mark.long

NAME = "who_example"
NOT_COPIED = ("*.pyc", "__pycache__", ".*", "lake", "benchmarks", "node_modules")
FILES = (
    f"tasks/sources/{NAME}.py",
    "tasks/sources/__init__.py",
    f"tests/fixtures/{NAME}/example.csv",
    f"tests/fixtures/{NAME}/example.golden.json",
    f"tests/tasks/sources/test_{NAME}.py",
)
CHECKED = (
    "tests/tasks/sources/test_golden.py",
    "tests/tasks/sources/test_damaged_bodies.py",
    "tests/deployments/test_prefect_yaml.py",
    "tests/test_architecture.py",
    FILES[0],
)
BENT = ("tests/bending/test_tables.py",)
WITH_ALL = (
    *("tests/schemas/test_products.py", "tests/tasks/marts/test_judged_marts.py"),
    *("tests/tasks/freshness/test_source_life.py", "tests/tasks/formats/test_column_names.py"),
    "tests/vaxwatch/orchestration/test_definitions.py",
    "tests/bending/test_tables.py::test_every_source_is_bent",
)
"""What else runs over every source, and over the registry as a whole."""
DAILY = '''"""Daily files with sub-national rows, a print date, local names and two layouts.

A proof that these are declared, and make no false revision.
"""

from datetime import timedelta

from schemas.columns import Columns, From, LeaveOut
from schemas.source import Schedule, Source
from tasks.formats.delimited import csv_tables

PRINTED = From(("printed_on",), compared=False)
LATER: Columns = {
    "iso3": From(("code",), instead=("name",)),
    "doses_administered": From(("doses (thousands)",), multiply=1000),
    "published_on": PRINTED,
}

SOURCE = Source(
    name="who_example",
    title="Daily",
    shown_by="The daily page",
    publisher="Nobody",
    url="https://example.org/daily.csv",
    licence="none stated",
    attribution="Nobody",
    cadence=timedelta(days=1),
    schedule=Schedule(cron="57 7 * * *", timezone="Europe/Zurich"),
    by_hand="An example.",
    parse=csv_tables("vaccinations_current", where="who_example"),
    tables={
        "vaccinations_current": {
            "iso3": From(("iso_code",), instead=("entity",)),
            "doses_administered": From(("total_doses",), thousands=","),
            "published_on": PRINTED,
        }
    },
    layouts={"vaccinations_current": (LATER,)},
    leave_out=(LeaveOut(column="sub_region", reason="sub-national rows"),),
    not_countries={"Kalaallit Trade Zone": "a zone of several countries"},
    countries={"Kosova": "XKX", "Zanzibar Union": "TZA"},
)
'''
"""The declaration that replaces the example."""
COUNTRIES = (
    *("AFG", "ALB", "DZA", "AGO", "ARG", "ARM", "AUS", "AUT", "BHR", "BGD", "BRB", "BLR"),
    *("BEL", "BLZ", "BEN", "BTN", "BOL", "BWA", "BRA", "BRN", "GHA", "PRK"),
)
FIRST = date(2022, 3, 1)
DAYS, RENAMED_ON = 30, 15
"""Files, and the day from which they have the second layout."""


def daily_file(day: int) -> bytes:
    """Return the file of a day: one real rise on day 10, one real fall on day 20."""
    printed = FIRST + timedelta(days=day)
    doses = {country: 1_000_000 + 1_000 * number for number, country in enumerate(COUNTRIES)}
    doses["GHA"] += 500_000 if day >= 10 else 0
    doses["PRK"] = 1_289_000 if day >= 20 else 8_116_000
    rows = [("", code, "", figure) for code, figure in doses.items()]
    rows += [("Kosova", "", "", 700_000), ("Zanzibar Union", "", "", 60_000)]
    rows += [("Kalaallit Trade Zone", "", "", 5_000 + 1_000 * day)]
    rows += [("Ghana", "GHA", f"Region {number}", 1_000 * day) for number in range(10)]
    if day < RENAMED_ON:
        lines = ["entity,iso_code,sub_region,total_doses,printed_on"]
        lines += [f'{n},{c},{s},"{f:,}",{printed}' for n, c, s, f in rows]
    else:
        lines = ["code,name,sub_region,doses (thousands),printed_on"]
        lines += [f"{c},{n},{s},{f // 1000},{printed}" for n, c, s, f in rows]
    return ("\n".join(lines) + "\n").encode()


def run(folder: Path, *command: str) -> subprocess.CompletedProcess[str]:
    """Run a Python module in the copy, with the copy's own packages."""
    environment = {**os.environ, "PYTHONPATH": str(folder), "PREFECT_HOME": str(folder / "home")}
    return subprocess.run(
        [sys.executable, "-m", *command],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )


def passes(copy: Path, *checked: str, name: str = NAME, more: tuple[str, ...] = ()) -> None:
    """Assert that the tests of the copy's new source pass, and its Python is well laid out."""
    checked = tuple(path.replace(NAME, name) for path in (checked or (*CHECKED, FILES[4])))
    tested = run(copy, "pytest", "-q", "-p", "no:cacheprovider", *checked, *more, "-k", name)
    assert tested.returncode == 0, tested.stdout + tested.stderr
    assert " passed" in tested.stdout
    python = [path.replace(NAME, name) for path in FILES if path.endswith(".py")]
    for check in (["check"], ["format", "--check"]):
        laid_out = run(copy, "ruff", *check, "--no-cache", *python)
        assert laid_out.returncode == 0, laid_out.stdout


def copied(copy: Path) -> Path:
    """Copy the tree to a folder; return it."""
    shutil.copytree(ROOT, copy, ignore=shutil.ignore_patterns(*NOT_COPIED))
    (copy / ".venv").symlink_to(sys.prefix)  # where the type checker looks for packages
    return copy


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Copy the tree and make the example in it."""
    copy = copied(tmp_path_factory.mktemp("new_source") / "tree")
    made = run(copy, "tests.new_source", NAME)
    assert made.returncode == 0, made.stderr
    assert tuple(line for line in made.stdout.splitlines() if "/" in line)[:5] == FILES
    yield copy
    shutil.rmtree(copy)


@pytest.mark.thorough
def test_five_files_make_a_source_that_passes_the_tests(copy: Path) -> None:
    """The page, the schedule and the run-book are generated; the name is taken from then on."""
    assert f"https://example.org/{NAME}.csv" in (copy / f"docs/sources/{NAME}.md").read_text()
    assert f"name: ingest-{NAME}" in (copy / "deployments/prefect.yaml").read_text()
    assert f"| `{NAME}` | off | by hand" in (copy / "deployments/README.md").read_text()
    passes(copy)
    again = run(copy, "tests.new_source", NAME)
    assert again.returncode == 2
    assert again.stderr.startswith(f"There is a source '{NAME}' already; take another name.")


@pytest.mark.thorough
def test_a_declaration_publishes_thirty_days_without_a_false_revision(copy: Path) -> None:
    """Sub-national rows, a daily print date, local names and a new layout make no news.

    What is published is the rise and the fall that are planted, and two alerts: the fall, and that
    the layout is new.
    """
    (copy / FILES[0]).write_text(DAILY, encoding="utf-8")
    (copy / FILES[2]).write_bytes(daily_file(1))
    for command in (["tests.golden", NAME], ["tests.source_documents"]):
        assert run(copy, *command).returncode == 0
    passes(copy, *CHECKED)
    archive = copy / "archive"
    archive.mkdir()
    for day in range(1, DAYS + 1):
        (archive / f"{FIRST + timedelta(days=day)}.csv").write_bytes(daily_file(day))
    filled = run(
        *(copy, "vaxwatch", "--lake", "lake", "backfill", NAME, "--json"),
        *("--origin", f"dir:{archive}", "--policy", "missing"),
    )
    assert filled.returncode == 0, filled.stdout + filled.stderr
    outcomes = json.loads(filled.stdout)["outcomes"]
    assert [outcome["verdict"] for outcome in outcomes].count("new") == 3
    note = f"{NAME}.vaccinations_current: 10 of 35 rows are left out: sub-national rows"
    assert all(any(note in text for text in outcome["notes"]) for outcome in outcomes)
    table = copy / f"lake/{NAME}/vaccinations_current"
    planted = [("GHA", 1_020_000.0, 1_520_000.0), ("PRK", 8_116_000.0, 1_289_000.0)]
    changes = pl.read_parquet(table / "changes.parquet")
    assert changes.select("iso3", "before", "after").rows() == planted
    assert pl.read_parquet(table / "history.parquet").height == len(COUNTRIES) + 2 + len(planted)
    latest = pl.read_parquet(table / "latest.parquet")
    assert {"XKX", "TZA"} <= set(latest["iso3"])
    assert set(latest["published_on"]) == {FIRST + timedelta(days=day) for day in (1, 10, 20)}
    alerts = pl.read_parquet(copy / "lake/alerts/alerts.parquet")
    renamed_on = datetime.combine(FIRST + timedelta(days=RENAMED_ON), time(), UTC)
    fell_on = datetime.combine(FIRST + timedelta(days=20), time(), UTC)
    assert alerts.select("rule", "as_of").rows() == [("R12", fell_on), ("R18", renamed_on)]


@pytest.mark.slow
@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_passes_what_every_source_passes(copy: Path, kind: str) -> None:
    """Its server's test, golden tables, damaged and bent bodies, layout, types, some fuzz."""
    name = f"moh_{kind}"
    made = run(copy, "tests.new_source", name, kind)
    assert made.returncode == 0, made.stderr
    assert LITERAL not in "".join((copy / line).read_text() for line in made.stdout.split()[:5])
    passes(copy, name=name, more=BENT)
    tested = run(copy, "pytest", "-q", "-p", "no:cacheprovider", "-m", "not slow", *WITH_ALL)
    assert tested.returncode == 0, tested.stdout + tested.stderr
    python = [path.replace(NAME, name) for path in FILES if path.endswith(".py")]
    typed = run(copy, "basedpyright", *python)
    assert typed.returncode == 0, typed.stdout + typed.stderr
    fuzzed = run(copy, "tests.fuzz", "--seconds", "1", "--source", name)
    assert fuzzed.returncode == 0, fuzzed.stdout


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        *(
            ([name], "expected publisher_subject, such as who_testing")
            for name in ("who", "Who_testing", "who_testing.py", "../who_testing")
        ),
        ([], "'' is no name of a source"),
        (["who_" + "x" * 40], "has 44 letters; expected a name of at most 40"),
        (["who_cases", "odata"], "There is a source 'who_cases' already"),
        (["who_example", "soap"], "'soap' is no kind of source; expected file, odata, sdmx"),
        (["who_example", "ODATA"], "'ODATA' is no kind of source"),
    ],
)
def test_a_wrong_name_or_kind_makes_nothing(
    words: list[str], reason: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """The message says what was seen and expected, and what to type."""
    assert main(words) == 2
    printed = capsys.readouterr()
    assert printed.out == ""
    assert reason in printed.err
    assert "Type: make new-source NAME=publisher_subject KIND=file|odata|" in printed.err


def test_what_a_broken_off_run_left_is_not_overwritten(tmp_path: Path) -> None:
    """A file may be somebody's work."""
    left = tmp_path / FILES[0]
    left.parent.mkdir(parents=True)
    left.write_text("")
    assert refusal(NAME, "odata", tmp_path) == (
        f"{FILES[0]} is there, but no source '{NAME}' in SOURCES; expected neither. "
        f"Remove the file, or take another name."
    )
