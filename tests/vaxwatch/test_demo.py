import hashlib
import json
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from schemas.records import Outcome, Verdict
from tasks.summaries.run_summary import RunSummary
from tests.vaxwatch.lakes import NOW, Ask
from vaxwatch.commands.demo import demo_document, draw_demo
from vaxwatch.reader import open_lake

MINUS = "\N{MINUS SIGN}"
SCREEN = 45


@dataclass(frozen=True, slots=True)
class Twice:
    """What two runs of the demo in one folder left: the screen, the document, all files' hashes."""

    screen: str
    again: Mapping[str, Any]
    files: Mapping[str, str]
    files_again: Mapping[str, str]
    folder: Path


def program(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """Run the installed program in a folder, with a Prefect home of its own."""
    command = [str(Path(sys.executable).with_name("vaxwatch")), *words]
    environment = {"PATH": "", "PREFECT_HOME": str(folder / "prefect"), "LANG": "C.UTF-8"}
    return subprocess.run(
        command,
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=600,
    )


def hashes(folder: Path) -> dict[str, str]:
    """Return the hash of every file below a folder."""
    files = [path for path in sorted(folder.rglob("*")) if path.is_file()]
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in files
    }


@pytest.fixture(scope="module")
def twice(tmp_path_factory: pytest.TempPathFactory) -> Twice:
    """Run the demo twice in an empty folder, the second time for a program."""
    folder = tmp_path_factory.mktemp("demo")
    first = program(folder, "demo")
    assert (first.returncode, first.stderr) == (0, "")
    files = hashes(folder / "lake")
    second = program(folder, "demo", "--json")
    assert (second.returncode, second.stderr) == (0, "")
    return Twice(first.stdout, json.loads(second.stdout), files, hashes(folder / "lake"), folder)


@pytest.mark.server
@pytest.mark.parametrize(
    "text",
    [
        "critical UNICEF's dashboard showed 1,540,800 doses allocated to Korea, DPR (PRK)",
        f"8,115,600 in the version before ({MINUS}81.0 %)",
        "1,288,800 doses allocated to Korea, DPR (PRK) on 22 Feb 2022; 1,540,800 in",
        f"({MINUS}16.4 %), with Covovax 252,000 → 0",
        f"{MINUS}84.1 %",
        "high UNICEF's dashboard showed 0 doses of Covovax allocated to Korea, DPR (PRK) on 22 Feb",
        f"2022; 252,000 in the version before ({MINUS}100.0 %).",
        "from 10 Dec 2020 on people tested are counted. No positive was shown",
        "critical UNICEF's dashboard showed 0 doses allocated to Korea, DPR (PRK) on 1 Apr 2022",
        "[unconfirmed] [reverted]",
        "info UNICEF's dashboard showed 1,828,800 doses allocated to Korea, DPR (PRK)",
        "on 12 Apr 2022; 0 in the version before",
        "fewer doses announced for 25 of 27 countries",
        "Critical, with alerts of their own: Venezuela (VEN) 1,425,600 → 0.",
        "0 positives in 54,187 people tested",
        "statistically implausible",
        "./lake/unicef_market/allocations/latest.parquet",
        "./lake/alerts/alerts.parquet",
        "Open in a browser: ./lake/site/index.html",
        "Type next",
    ],
)
def test_the_demo_shows_the_story(twice: Twice, text: str) -> None:
    """What came in, every alert that matters, what to open, what to type next."""
    assert text in " ".join(twice.screen.split())


@pytest.mark.server
def test_the_country_beside_the_group_has_one_alert(twice: Twice) -> None:
    """Venezuela's withdrawal is one critical alert, not two of the same fall."""
    ven = [alert for alert in twice.again["alerts"] if alert["key"].get("iso3") == "VEN"]
    assert [(a["rule"], a["severity"], bool(a["group"])) for a in ven] == [("R2", "critical", True)]


@pytest.mark.server
def test_the_demo_fits_one_screen(twice: Twice) -> None:
    """Not more lines than a screen has, none longer than a hundred columns."""
    lines = twice.screen.splitlines()
    assert len(lines) <= SCREEN
    assert max(map(len, lines)) <= 100


@pytest.mark.server
def test_a_second_run_changes_nothing(twice: Twice) -> None:
    """Every file is the same to the byte, nothing is new, no alert is raised again."""
    assert twice.files == twice.files_again
    assert twice.again["new"] == 0
    fingerprints = [alert["fingerprint"] for alert in twice.again["alerts"]]
    assert len(fingerprints) == len(set(fingerprints))


@pytest.mark.server
def test_the_commands_that_the_demo_suggests_work(twice: Twice) -> None:
    """Each command answers in the same folder."""
    for line in twice.again["next"]:
        ended = program(twice.folder, *line.split()[1:], "--json")
        assert (ended.returncode, ended.stderr) == (0, ""), line
        assert json.loads(ended.stdout), line


@pytest.mark.server
def test_the_files_that_the_demo_lists_exist(twice: Twice) -> None:
    """Each path is a file of the lake."""
    paths = [dataset["path"] for dataset in twice.again["datasets"]] + [twice.again["alerts_path"]]
    assert len(paths) == 5
    assert all((twice.folder / path).is_file() for path in paths)


def test_commands_to_type_name_a_lake_that_is_elsewhere(lake: Path, ask: Ask) -> None:
    """They work as they stand, wherever the lake is."""
    document = demo_document(open_lake(str(lake)), str(lake), [])
    assert all(line.endswith(f"--lake {lake}") for line in document["next"])
    for line in document["next"]:
        assert ask(*line.split()[1:], at=None).code == 0


def test_a_run_without_news_begins_with_that(lake: Path) -> None:
    """The screen begins with it, then shows what the lake holds all the same."""
    screen = Console(width=100, highlight=False, emoji=False, markup=False)
    with screen.capture() as held:
        draw_demo(screen, demo_document(open_lake(str(lake)), str(lake), []))
    assert held.get().startswith("Nothing new: every vintage was here")
    assert f"2 alerts: {lake}/alerts/alerts.parquet" in held.get()


def test_the_demo_counts_only_what_is_new(lake: Path) -> None:
    """A vintage that was known already is not counted."""
    verdicts: tuple[Verdict, ...] = ("new", "known", "held", "unchanged")
    outcomes = [Outcome(source="a", id="b", as_of=NOW, verdict=verdict) for verdict in verdicts]
    summary = RunSummary(source="a", outcomes=outcomes)
    document = demo_document(open_lake(str(lake)), str(lake), [summary])
    assert document["new"] == 3
