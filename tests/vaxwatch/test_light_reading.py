"""What a reading command loads and asks for: few packages, no parser, one vault."""

import json
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import pytest

from benchmarks.counting import CountingStore
from tasks.vault.backends.open_store import open_store
from tests.vaxwatch.lakes import fill
from tests.vaxwatch.test_usage_errors import command_at, paths
from vaxwatch.reader import Lake

Case = TypeVar("Case")
Asked = tuple[Sequence[str], Path, Mapping[str, str]]
"""The words of a command, its folder, and variables."""
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
import contextlib, io, json, os, sys
from vaxwatch.__main__ import main
for words, folder, variables in json.loads(sys.argv[1]):
    sys.argv = ["vaxwatch", *words]
    os.chdir(folder)
    os.environ.update(variables)
    code, answer = 0, io.StringIO()
    with contextlib.redirect_stdout(answer):
        try:
            main()
        except SystemExit as end:
            code = end.code
    installed = {name.partition(".")[0] for name, module in sys.modules.items()
                 if "site-packages" in str(getattr(module, "__file__", ""))}
    seen = [code, answer.getvalue(), sorted(installed), sorted(sys.modules)]
    print(json.dumps(seen), file=sys.stderr)
"""
"""Runs commands one after the other: what one loads may be on the list, so all together may."""


@dataclass(frozen=True)
class Ended:
    """What a command left: its exit code and answer, the packages and modules loaded by then."""

    code: int | None
    answer: str
    installed: list[str]
    modules: list[str]


def probed(
    cases: Mapping[Case, tuple[Sequence[str], Path, Mapping[str, str]]],
) -> dict[Case, Ended]:
    """Run cases (words, folder, variables) in one interpreter; return what each left."""
    words = [sys.executable, "-c", PROBE, json.dumps([*cases.values()], default=str)]
    ended = subprocess.run(words, capture_output=True, text=True, check=True)
    lines = [json.loads(line) for line in ended.stderr.splitlines() if line.startswith("[")]
    return {case: Ended(*seen) for case, seen in zip(cases, lines, strict=True)}


def is_light(ended: Ended) -> bool:
    """Return whether only packages of the list were loaded, and no module that reads or parses."""
    own = [name for name in ended.modules if name.startswith((*OWN, *READERS))]
    return set(ended.installed) <= PACKAGES and own == []


@pytest.fixture(scope="module")
def read(lake: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[tuple[str, bool], Ended]:
    """Return what each reading command left, without and with a waiver."""
    plain, waived = (tmp_path_factory.mktemp(name) for name in ("plain", "waived"))
    (waived / "vaxwatch.toml").write_text(WAIVER)
    return probed(
        {
            (name, folder is waived): (["--lake", str(lake), *words], folder, {})
            for folder in (plain, waived)
            for name, words in READING.items()
        }
    )


@pytest.fixture(scope="module")
def completed(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Ended]:
    """Return what each completion left, all in one empty folder."""
    folder = tmp_path_factory.mktemp("completed")
    variables = {"_VAXWATCH_COMPLETE": "complete_bash", "VAXWATCH_LAKE": "http://no.lake"}
    ended = probed(
        {
            typed: (
                [],
                folder,
                variables | {"COMP_WORDS": typed, "COMP_CWORD": str(typed.count(" "))},
            )
            for typed in COMPLETED
        }
    )
    assert list(folder.iterdir()) == []
    return ended


@pytest.mark.parametrize("has_waiver", [False, True])
@pytest.mark.parametrize("command", READING)
def test_reading_loads_no_parser_no_http_and_no_validation(
    read: dict[tuple[str, bool], Ended], command: str, *, has_waiver: bool
) -> None:
    """Only the packages on the list are loaded, also where vaxwatch.toml has a waiver."""
    ended = read[command, has_waiver]
    assert ended.code in {"verify": {0, 1}, "status": {3}}.get(command, {0})
    assert ended.answer
    assert is_light(ended)


@pytest.mark.parametrize("typed", COMPLETED)
def test_completion_loads_no_parser_no_http_and_no_lake(
    completed: dict[str, Ended], typed: str
) -> None:
    """Names come from the declarations; a lake that cannot be opened is not asked for any."""
    ended, last = completed[typed], typed.rsplit(" ", maxsplit=1)[-1]
    assert ended.code == 0
    assert COMPLETED[typed] <= set(ended.answer.split())
    assert all(one.startswith(last) for one in ended.answer.split())
    assert is_light(ended)


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
