"""What is installed where there is no checkout."""

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
PACKAGES = ("vaxwatch", "flows", "tasks", "schemas")
BUILD = ("-m", "pip", "wheel", "--no-deps", "--no-build-isolation", "--no-index", "--quiet")


@pytest.fixture(scope="module")
def inside(tmp_path_factory: pytest.TempPathFactory) -> set[str]:
    """Return the names of all files in a wheel that was built just now."""
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, *BUILD, "--wheel-dir", str(folder), str(ROOT)]
    subprocess.run(command, check=True, capture_output=True, timeout=300)
    [wheel] = folder.glob("*.whl")
    return set(zipfile.ZipFile(wheel).namelist())


def test_the_wheel_has_every_module_and_the_archive(inside: set[str]) -> None:
    """What the command line needs is there: packages, embedded archive, licence."""
    files = [path for package in PACKAGES for path in (ROOT / package).rglob("*") if path.is_file()]
    wanted = {
        path.relative_to(ROOT).as_posix() for path in files if "__pycache__" not in path.parts
    }
    assert any(name.startswith("vaxwatch/archive/") and name.endswith(".csv") for name in wanted)
    assert wanted <= inside
    assert any(name.endswith("licenses/LICENSE") for name in inside)


def test_the_wheel_is_marked_as_typed(inside: set[str]) -> None:
    """Every package has its marker."""
    assert {f"{package}/py.typed" for package in PACKAGES} <= inside


def test_the_wheel_has_nothing_else(inside: set[str]) -> None:
    """Tests, benchmarks and compiled modules stay at home."""
    tops = {name.partition("/")[0] for name in inside}
    assert {top for top in tops if not top.endswith(".dist-info")} == set(PACKAGES)
    assert not [name for name in inside if name.endswith(".pyc") or "/test_" in name]
