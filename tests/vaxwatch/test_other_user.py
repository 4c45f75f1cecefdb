"""Commands of a user that is not root: without a home, without a terminal, without rights."""

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path

import pytest

from tests.thorough import quick
from vaxwatch.archive import archive_folder

NOBODY = 65534
AS_NOBODY = ("setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups")
MAY_READ = ("--inh-caps=+dac_read_search", "--ambient-caps=+dac_read_search")
"""So that an interpreter below /root can be run; what may be written stays as it is."""
SOURCE = "unicef_market"
DATASET = f"{SOURCE}.allocations"
FILE = str(archive_folder(SOURCE) / "2022-02-10.csv")
READING = (
    ["sources"],
    ["vintages", DATASET],
    ["asof", DATASET, "latest"],
    ["history", DATASET, "--where", "iso3=PRK"],
    ["alerts", "list"],
    ["quarantine", "list"],
    ["verify"],
    ["config", "check"],
)
INGEST = ["ingest", SOURCE, "--no-quality", "--file", FILE, "--retrieved-at", "2022-05-01"]
WRITING = (
    INGEST,
    ["rebuild", SOURCE, "--no-quality"],
    ["compact"],
    ["doctor", "--conformance", "."],
    ["asof", DATASET, "latest", "--out", "rows.csv"],
)


SLOW_HOMES = [pytest.param(home, marks=pytest.mark.slow) for home in (None, "missing", "file")]


@cache
def as_nobody() -> Sequence[str]:
    """Return how to run a program as another user; empty where that is not possible."""
    if os.geteuid() != 0 or shutil.which("setpriv") is None:
        return ()
    for how in (AS_NOBODY, (*AS_NOBODY, *MAY_READ)):
        words = [*how, sys.executable, "-c", "import vaxwatch.commands.app"]
        if subprocess.run(words, capture_output=True, check=False).returncode == 0:
            return how
    return ()


pytestmark = [
    pytest.mark.long,
    pytest.mark.skipif(not as_nobody(), reason="only root can become another user"),
]


@pytest.fixture
def place() -> Iterator[Path]:
    """Yield an empty folder that everybody reaches, as pytest's own is not."""
    with tempfile.TemporaryDirectory(prefix="vaxwatch-") as name:
        folder = Path(name)
        folder.chmod(0o755)
        yield folder


def own(folder: Path) -> None:
    """Give a folder and all below to the other user."""
    for path in (folder, *folder.rglob("*")):
        os.chown(path, NOBODY, NOBODY)


def files(folder: Path) -> dict[Path, int]:
    """Return everything below a folder, with the time of its last change."""
    return {path: path.stat().st_mtime_ns for path in folder.rglob("*")}


def run(folder: Path, home: Path | None, *words: str) -> subprocess.CompletedProcess[str]:
    """Run a command as the other user in a folder, whose lake is `lake`, without a terminal."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if name != "HOME" and not name.startswith(("VAXWATCH", "PREFECT", "XDG"))
    }
    return subprocess.run(
        [*as_nobody(), sys.executable, "-m", "vaxwatch", *words],
        cwd=folder,
        env=kept | ({} if home is None else {"HOME": str(home)}),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.thorough
@pytest.mark.parametrize("home", ["unwritable", *SLOW_HOMES])
def test_every_command_works_without_a_home(place: Path, lake: Path, home: str | None) -> None:
    """In a folder of its own another user reads and writes; nothing is written below HOME."""
    folder, house = place / "work", place / "house"
    house.mkdir(mode=0o555)
    (house / "unwritable").mkdir(mode=0o555)
    (house / "file").touch()
    before = files(house)
    shutil.copytree(lake, folder / "lake")
    own(folder)
    for words in (*READING[:3], ["repair"], INGEST, ["compact"], ["doctor"]):
        ended = run(folder, house / home if home else None, *words)
        assert (ended.returncode, ended.stderr) == (0, ""), words
    assert files(house) == before


def test_a_lake_that_cannot_be_written_is_read(place: Path, lake: Path) -> None:
    """Reading commands answer; the others are one sentence and exit code 1, and change nothing."""
    shutil.copytree(lake, place / "lake")
    before = files(place)
    for words in READING[quick(2, 0) :: quick(4, 1)]:
        ended = run(place, None, *words)
        assert (ended.returncode, ended.stderr) == (0, ""), words
    for words in WRITING[:: quick(3, 1)]:
        ended = run(place, None, *words)
        assert ended.returncode == 1, words
        assert "ermission denied" in ended.stderr, words
        assert "unforeseen" not in ended.stderr, words
        assert ended.stderr.count("\n") == 1, words
    doctor = run(place, None, "doctor")
    assert doctor.returncode == 1
    assert "the right to list, read, write" in " ".join(doctor.stdout.split())
    assert files(place) == before


@pytest.mark.thorough
def test_a_lake_that_cannot_be_made_is_one_sentence(place: Path) -> None:
    """The first run, in a folder of another user, or where a file has the lake's name."""
    (place / "file").touch()
    for lake in ("lake", "file"):
        for words in (INGEST, ["demo", "--no-quality"]):
            ended = run(place, None, "--lake", lake, *words)
            assert ended.returncode == 1, words
            assert ended.stderr.count("\n") == 1, words
            assert "unforeseen" not in ended.stderr, words
        doctor = run(place, None, "--lake", lake, "doctor")
        assert doctor.returncode == 1
        assert "cannot be made" in " ".join(doctor.stdout.split())
    assert [path.name for path in place.iterdir()] == ["file"]
