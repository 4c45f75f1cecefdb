"""Waivers as they are written down: one parser, clear about mistakes, loud about what expired."""

import subprocess
import sys
from datetime import date
from pathlib import Path

import pytest

from schemas.errors import WrongUse
from schemas.tables import TABLES, key_of
from schemas.waivers import Waiver, in_force
from tasks.alerts.config_file import SETTINGS
from tasks.alerts.rules.registry import RULES
from tasks.alerts.waiver_config import KEY_COLUMNS, configured, expired, known_rules
from vaxwatch.settings import NAMES, load_settings

RWANDA = """
[[waivers]]
rule = "R11"
dataset = "find_tests.tests"
key = {iso3 = "RWA"}
reason = "Told to FIND."
owner = "a@example.org"
expires = 2021-12-31
"""


def waiver(expires: date, dataset: str = "find_tests.tests") -> Waiver:
    """Return a waiver of negative figures."""
    return Waiver(
        rule="R11", dataset=dataset, reason="Known.", owner="a@example.org", expires=expires
    )


@pytest.fixture(autouse=True)
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return where settings are written, in an empty working directory."""
    monkeypatch.chdir(tmp_path)
    for name in ("VAXWATCH_CONFIG", "VAXWATCH_WAIVERS"):
        monkeypatch.delenv(name, raising=False)
    return tmp_path / "vaxwatch.toml"


def test_without_a_file_nothing_is_waived() -> None:
    """A file is no must."""
    assert configured() == ()


def test_command_line_and_workers_read_the_same_waivers(file: Path) -> None:
    """One parser: what the settings hold is what a run without the command line gets."""
    file.write_text(RWANDA)
    [known] = configured()
    assert known == load_settings().waivers[0]
    assert (known.key, known.expires) == ({"iso3": "RWA"}, date(2021, 12, 31))


def test_the_file_is_that_of_the_environment(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """VAXWATCH_CONFIG beats the working directory, and a missing file is an error."""
    other = file.with_name("other.toml")
    other.write_text(RWANDA * 2)
    file.write_text(RWANDA)
    monkeypatch.setenv("VAXWATCH_CONFIG", str(other))
    assert len(configured()) == len(load_settings().waivers) == 2
    other.unlink()
    with pytest.raises(WrongUse, match=r"other\.toml, which is no file"):
        configured()


@pytest.mark.parametrize(
    ("written", "message"),
    [
        ('owner = "a@example.org"', "owner is missing"),
        ('reason = "Told to FIND."', "reason is missing"),
        ("expires = 2021-12-31", "expires is missing"),
    ],
)
def test_a_waiver_lacks_neither_reason_nor_owner_nor_end(
    file: Path, written: str, message: str
) -> None:
    """Who reads it must know why, whom to ask, and until when; both readers of the file say so."""
    file.write_text(RWANDA.replace(written, ""))
    for read in (configured, load_settings):
        with pytest.raises(WrongUse) as caught:
            read()
        assert f"vaxwatch.toml, waiver 1: {message}. Each [[waivers]] has rule" in str(caught.value)


@pytest.mark.parametrize(
    ("written", "instead", "message"),
    [
        ("2021-12-31", '"2021-12-31"', "expires is '2021-12-31', which is no date"),
        ("2021-12-31", "2021-12-31T06:00:00Z", "which is no date"),
        ("Told to FIND.", " ", "reason is empty"),
        ("reason =", "because =", "because is nothing that a waiver has"),
        ('"RWA"', "3", "key.iso3 is 3, which is no text"),
        ('{iso3 = "RWA"}', '"RWA"', "key is no table"),
        ("R11", "R111", "no rule is called 'R111', so it is about nothing. Near it: R11"),
        ("R11", "never", "docs/rules.md and docs/validation.md have all rules"),
        ('"find_tests.tests"\nkey = {iso3 =', '"*"\nkey = {xyzzy =', "docs/tables.md has the key"),
        ("find_tests.tests", "x", "A dataset is <source>.<table>; README.md has all"),
        ("find_tests.tests", "find_test.tests", "no dataset is called 'find_test.tests'"),
        ("iso3 =", "product =", "'product', so it is about nothing. There are: iso3, "),
        ("iso3 =", "tests_performed_new =", "no key column is called 'tests_performed_new'"),
        ("[[waivers]]", "[waivers]", "waivers is no list of tables"),
        ("[[waivers]]", "waivers = [3]\n[sources.find_tests]", "what stands there is no table"),
        ("[[waivers]]", "[[waiver]]", "waiver"),
        ("[[waivers]]", "[[waivers]", "is no TOML"),
    ],
)
def test_a_mistake_fails_loudly_wherever_the_file_is_read(
    file: Path, written: str, instead: str, message: str
) -> None:
    """A waiver that is misspelt would silence nothing, or too much."""
    file.write_text(RWANDA.replace(written, instead))
    for read in (configured, load_settings):
        with pytest.raises(WrongUse) as caught:
            read()
        assert message in str(caught.value)
        assert "vaxwatch.toml" in str(caught.value)


def test_the_environment_holds_no_waivers(monkeypatch: pytest.MonkeyPatch) -> None:
    """They stand where people see them."""
    monkeypatch.setenv("VAXWATCH_WAIVERS", "[]")
    with pytest.raises(WrongUse, match="alone, where people see them"):
        load_settings()


def test_patterns_are_about_what_they_fit(file: Path) -> None:
    """A waiver may be about several rules and datasets at once."""
    file.write_text(RWANDA.replace("R11", "R1*").replace("find_tests.tests", "*.tests"))
    [known] = configured()
    about = {"dataset": "who_flunet.tests", "key": {"iso3": "RWA", "origin": "x"}}
    assert known.matches(rule="R17", **about)
    assert not known.matches(rule="R2", **about)
    assert not known.matches(rule="R17", dataset="who_flunet.tests", key={})


def test_what_can_be_waived_is_what_there_is() -> None:
    """Rules of alerts and the budget; key columns as the tables declare them; all settings."""
    assert {rule.id for rule in RULES} | {"budget"} <= set(known_rules())
    assert {name for table in TABLES for name in key_of(table)} == KEY_COLUMNS
    assert set(NAMES) == set(SETTINGS)


def test_a_waiver_holds_until_the_end_of_its_last_day() -> None:
    """The day after it no longer does."""
    known = waiver(date(2021, 12, 31))
    assert in_force([known], date(2021, 12, 31)) == (known,)
    assert in_force([known], date(2022, 1, 1)) == ()


def test_reading_waivers_needs_no_heavy_package() -> None:
    """A reading command knows them."""
    code = (
        "import sys, tasks.alerts.waiver_config; "
        "print({'prefect', 'pandera', 'great_expectations'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"


def test_expired_by_example() -> None:
    """`expired`, by its plainest cases."""
    about = {"rule": "R11", "dataset": "find_tests.tests", "key": {"iso3": "RWA"}}
    known = Waiver(**about, reason="Known.", owner="a@b.org", expires=date(2021, 12, 31))
    assert (
        expired([known], date(2022, 1, 1))[0][:77]
        == "Waiver of R11 on find_tests.tests (iso3 RWA), owner a@b.org, expired on 2021-"
    )
