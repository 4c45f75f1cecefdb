"""The architecture: packages, names, sizes, and what no ready-made tool checks."""

import ast
import re
import sys
from collections.abc import Iterator
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

from schemas.tables import TABLES, descriptions_of, key_of
from tasks.sources import SOURCES

ROOT = Path(__file__).resolve().parents[1]
PACKAGES = ("vaxwatch", "flows", "tasks", "schemas")
MODULES = sorted(path for package in PACKAGES for path in (ROOT / package).rglob("*.py"))
LONGEST_FILE, LONGEST_FUNCTION = 200, 60
NOW = {"now", "utcnow", "today"}
CLOCKS = {"time", "time_ns", "monotonic", "monotonic_ns", "perf_counter", "perf_counter_ns"}
STOPWATCHES = {
    "tasks/summaries/recorded.py": {"monotonic"},
    "tasks/runs/run_context.py": {"monotonic"},
    "tasks/prefect_bulk.py": {"monotonic"},
    "tasks/runs/run_log.py": {"monotonic"},
    "tasks/vault/conformance/scratch.py": {"monotonic"},
    "tasks/web/download.py": {"monotonic"},
    "tasks/web/transport.py": {"monotonic"},
    "tasks/web/allowed_hosts.py": {"monotonic"},
}
"""Who below a flow measures how long something takes."""


def named(path: Path) -> str:
    """Return a path as seen from the top."""
    return path.relative_to(ROOT).as_posix()


def test_no_distribution_owns_the_name_of_a_package() -> None:
    """Flat packages are safe only while nothing that is installed is called the same."""
    owners = packages_distributions()
    assert {package: owners.get(package, ["vaxwatch"]) for package in PACKAGES} == {
        package: ["vaxwatch"] for package in PACKAGES
    }


def test_no_flow_file_shadows_a_module() -> None:
    """A flow loaded by path puts its folder first on sys.path: its stem becomes a module."""
    stems = {path.stem for path in (ROOT / "flows").glob("*.py")} - {"__init__"}
    taken = set(PACKAGES) | set(sys.stdlib_module_names) | set(packages_distributions())
    assert stems
    assert not stems & taken


def test_flows_hold_flows_only() -> None:
    """No task and no class in flows/: the same file may be loaded under two names."""
    for path in (ROOT / "flows").glob("*.py"):
        tree = ast.parse(path.read_text())
        assert not [node for node in ast.walk(tree) if isinstance(node, ast.ClassDef)], named(path)
        assert "import task" not in path.read_text(), named(path)


def test_every_package_describes_what_belongs_in_it() -> None:
    """Its docstring says what belongs in it, and what does not."""
    rules = [named(path.parent) for path in (ROOT / "tasks/alerts/rules").glob("*/__init__.py")]
    for package in (*PACKAGES, "tasks/sources", "tasks/alerts/rules", "tasks/vault", *rules):
        docstring = ast.get_docstring(ast.parse((ROOT / package / "__init__.py").read_text())) or ""
        assert "elongs here" in docstring, package
        assert "not" in docstring, package


def too_large(path: Path) -> Iterator[str]:
    """Yield where a module is too long, and where it imports relatively."""
    text = path.read_text()
    if len(text.splitlines()) > LONGEST_FILE:
        yield f"{named(path)} has more than {LONGEST_FILE} lines"
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef):
            if (node.end_lineno or 0) - node.lineno > LONGEST_FUNCTION:
                yield f"{named(path)}: {node.name} has more than {LONGEST_FUNCTION} lines"
        elif isinstance(node, ast.ImportFrom) and node.level:
            yield f"{named(path)}:{node.lineno} is a relative import"


def test_modules_are_small() -> None:
    """A file is one thought, a function fits a screen, imports are absolute."""
    assert [fault for path in MODULES for fault in too_large(path)] == []


def clocks_read(text: str) -> set[str]:
    """Return the names by which a module looks at a clock, called or handed on."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Attribute):
            of = node.value.id if isinstance(node.value, ast.Name) else ""
            if (node.attr in NOW and of != "self") or (node.attr in CLOCKS and of == "time"):
                found.add(node.attr)
        elif isinstance(node, ast.ImportFrom) and node.module == "time":
            found |= {alias.name for alias in node.names} & CLOCKS
        elif isinstance(node, ast.Import):
            found |= {"time as" for it in node.names if it.name == "time" and it.asname}
    return found


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("datetime.now(UTC)", {"now"}),
        ("dt.datetime.utcnow()", {"utcnow"}),
        ("field(default_factory=date.today)", {"today"}),
        ("time.time_ns() - time.monotonic()", {"time_ns", "monotonic"}),
        ("from time import sleep, time", {"time"}),
        ("import time as clock", {"time as"}),
        ("at.time() == time.max; self.now = at; time.sleep(1)", set[str]()),
    ],
)
def test_every_way_to_read_a_clock_is_found(text: str, found: set[str]) -> None:
    """Whatever a module calls it; a time of day is no clock."""
    assert clocks_read(text) == found


def test_only_a_flow_reads_the_clock() -> None:
    """Below a flow, times come in as arguments; how long something took may be measured."""
    below = [path for path in MODULES if not named(path).startswith(("flows/", "vaxwatch/"))]
    users = {named(path): clocks_read(path.read_text()) for path in below}
    assert {user: read for user, read in users.items() if read} == STOPWATCHES


def test_every_column_has_a_description() -> None:
    """Each column of each table has a description; the key columns come first."""
    for table in TABLES:
        descriptions = descriptions_of(table)
        assert all(len(text) > 10 for text in descriptions.values()), table
        assert tuple(descriptions)[: len(key_of(table))] == key_of(table)


def test_every_source_has_fixture_golden_and_page() -> None:
    """What a newcomer adds for a source is complete."""
    for source in SOURCES:
        fixtures = list((ROOT / "tests" / "fixtures" / source.name).iterdir())
        assert any("golden" in path.name for path in fixtures), source.name
        assert len(fixtures) > 1, source.name
        assert (ROOT / "docs" / "sources" / f"{source.name}.md").is_file(), source.name
        assert set(source.tables) <= set(TABLES), source.name


def test_every_switched_off_rule_has_its_reason() -> None:
    """An ignore without a comment is no decision."""
    for line in (ROOT / "pyproject.toml").read_text().splitlines():
        if re.match(r'\s*"[A-Z]+\d+",', line):
            assert "#" in line, line


def test_duckdb_is_asked_on_a_connection_of_its_own() -> None:
    """The one that all modules share refuses to work while another has not read its answer."""
    shared = re.compile(r"\bduckdb\.(execute|query|sql|table|from_|read_)\w*\(")
    files = [*MODULES, *(ROOT / "tests").rglob("*.py")]
    assert [named(path) for path in files if shared.search(path.read_text())] == []
