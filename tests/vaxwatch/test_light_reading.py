"""What a reading command loads and asks for: few packages, no parser, one vault."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks.counting import CountingStore
from tasks.vault.backends.open_store import open_store
from tests.vaxwatch.lakes import fill
from tests.vaxwatch.test_usage_errors import command_at, paths
from vaxwatch.reader import Lake

DATASET = "unicef_market.allocations"
READING = {
    "sources": ["sources"],
    "vintages": ["vintages", DATASET],
    "asof": ["asof", DATASET, "latest"],
    "asof --json": ["asof", DATASET, "latest", "--json"],
    "diff": ["diff", DATASET, "2021-12-23", "latest"],
    "history": ["history", DATASET, "--where", "iso3=PRK"],
    "alerts list": ["alerts", "list"],
    "quarantine list": ["quarantine", "list"],
    "verify": ["verify"],
    "status": ["status"],
}
COMPLETED = {
    "vaxwatch ": {"demo", "asof", "quarantine", "serve"},
    "vaxwatch quarantine re": {"replay", "release"},
    "vaxwatch ingest un": {"unicef_market", "un_population"},
    "vaxwatch ingest unicef_market who_": {"who_cases", "who_flunet"},
    "vaxwatch rebuild owid": {"owid_testing", "owid_vaccinations"},
    "vaxwatch compact unicef": {"unicef_market"},
    "vaxwatch quarantine show unicef": {"unicef_market"},
    "vaxwatch quarantine list --source who": {"who_searo_testing"},
    "vaxwatch quarantine list --state b": {"blocked"},
    "vaxwatch --lake x asof unicef_market.": {"unicef_market.allocations"},
    "vaxwatch history q": {"quarantine.rows", "quality.results"},
    "vaxwatch backfill x --policy ": {"missing", "failed", "all"},
    "vaxwatch alerts list --severity c": {"critical"},
    "vaxwatch alerts list --s": {"--state", "--severity"},
}
"""What is typed in a shell, and some of what completes it."""
PACKAGES = {
    *("_distutils_hack", "_polars_runtime_32", "polars", "typing_extensions"),
    *("orjson", "xxhash", "zstandard"),  # bytes of commits and bodies
    *("annotated_doc", "shellingham", "typer", "rich"),
    *("annotated_types", "pydantic", "pydantic_core", "typing_inspection"),  # Typer reads options
}
"""All that a reading command may load from site-packages."""
WAIVER = """
[[waivers]]
rule = "R11"
dataset = "find_tests.tests"
reason = "Reported to FIND."
owner = "a@example.org"
expires = 2051-12-31
"""
OWN = ("flows", "tasks.web", "tasks.origins", "tasks.parsing", "tasks.quality")
OWN += ("tasks.acceptance.holding", "tasks.acceptance.parsed_snapshot")
READERS = ("tasks.powerbi.walk", "tasks.powerbi.model", "tasks.sitrep", "tasks.formats.pdf")
PROBE = """
import json, sys
from vaxwatch.__main__ import main
try:
    main()
except SystemExit as end:
    code = end.code
installed = {name.partition(".")[0] for name, module in sys.modules.items()
             if "site-packages" in str(getattr(module, "__file__", ""))}
print(json.dumps([code, sorted(installed), sorted(sys.modules)]), file=sys.stderr)
"""


@pytest.mark.parametrize(
    ("command", "has_waiver"),
    [
        *((command, False) for command in READING),
        ("alerts list", True),  # the waivers are read by one function for all commands
        *(
            pytest.param(one, True, marks=pytest.mark.slow)
            for one in READING
            if one != "alerts list"
        ),
    ],
)
def test_reading_loads_no_parser_no_http_and_no_validation(
    lake: Path, tmp_path: Path, command: str, *, has_waiver: bool
) -> None:
    """Only the packages on the list are loaded, also where vaxwatch.toml has a waiver."""
    if has_waiver:
        (tmp_path / "vaxwatch.toml").write_text(WAIVER)
    words = [sys.executable, "-c", PROBE, "--lake", str(lake), *READING[command]]
    ended = subprocess.run(words, cwd=tmp_path, capture_output=True, text=True, check=True)
    code, installed, modules = json.loads(ended.stderr.splitlines()[-1])
    assert code in {"verify": {0, 1}, "status": {3}}.get(command, {0})
    assert set(installed) <= PACKAGES
    assert [name for name in modules if name.startswith((*OWN, *READERS))] == []


@pytest.mark.parametrize("typed", COMPLETED)
def test_completion_loads_no_parser_no_http_and_no_lake(tmp_path: Path, typed: str) -> None:
    """Names come from the declarations; a lake that cannot be opened is not asked for any."""
    words = typed.split(" ")
    environment = os.environ | {
        "_VAXWATCH_COMPLETE": "complete_bash",
        "COMP_WORDS": typed,
        "COMP_CWORD": str(len(words) - 1),
        "VAXWATCH_LAKE": "http://no.lake",
    }
    ended = subprocess.run(
        [sys.executable, "-c", PROBE],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    )
    code, installed, modules = json.loads(ended.stderr.splitlines()[-1])
    assert code == 0
    assert COMPLETED[typed] <= set(ended.stdout.split())
    assert all(one.startswith(words[-1]) for one in ended.stdout.split())
    assert set(installed) <= PACKAGES
    assert [name for name in modules if name.startswith((*OWN, *READERS))] == []
    assert list(tmp_path.iterdir()) == []


def test_every_source_and_dataset_is_completed() -> None:
    """Wherever a command takes one."""
    named = {
        (*words, one.name): [offer.value for offer in one.shell_complete(None, "un_pop")]
        for words in paths()
        for one in command_at(words).params
        if one.name in {"source", "names", "dataset"}
    }
    assert len(named) >= 12
    for place, found in named.items():
        assert found[0].startswith("un_population"), place


def test_bash_completes_what_is_typed(tmp_path: Path) -> None:
    """The script that --show-completion prints makes the shell ask the program."""
    program = Path(sys.executable).parent
    asked = """
    source <(_VAXWATCH_COMPLETE=source_bash vaxwatch)
    COMP_WORDS=(vaxwatch asof unicef_market.do) COMP_CWORD=2
    _vaxwatch_completion vaxwatch
    echo "${COMPREPLY[@]}"; complete -p vaxwatch
    """
    environment = os.environ | {"PATH": f"{program}:{os.environ['PATH']}"}
    ended = subprocess.run(
        ["bash", "--norc", "-c", asked],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    )
    assert ended.stderr == ""
    found, registered = ended.stdout.splitlines()
    assert found == "unicef_market.donations"
    assert "-F _vaxwatch_completion vaxwatch" in registered


def test_asof_latest_opens_one_vault() -> None:
    """A lake on S3 is asked at most six times, whatever sources are declared."""
    fill("memory:light")
    store = CountingStore(open_store("memory:light"))
    lake = Lake(store, is_pinned=True)
    assert lake.exists()
    vintage = lake.vintage(DATASET)
    assert lake.asof(DATASET, vintage.id).height == 2
    assert lake.key(DATASET) == ("iso3", "product", "mechanism")
    assert store.since()["all"] <= 6


def test_a_pinned_lake_stays_at_its_first_commit_and_another_does_not(tmp_path: Path) -> None:
    """Answers of one command agree, whatever is published meanwhile."""
    fill(str(tmp_path))
    store = open_store(str(tmp_path))
    pinned, other = Lake(store, is_pinned=True), Lake(store)
    assert pinned.vintage(DATASET) == other.vintage(DATASET)
    for path in (tmp_path / "unicef_market" / "_vault" / "log").iterdir():
        path.unlink()
    (tmp_path / "unicef_market" / "_vault" / "hint.json").unlink()
    assert pinned.vintage(DATASET).as_of.year == 2022
    assert DATASET not in other.datasets()
