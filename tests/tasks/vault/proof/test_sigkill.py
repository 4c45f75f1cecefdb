"""A process on a folder is killed for good (SIGKILL) at every step, and the lake is whole."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tasks.vault.backends.folder_store import FolderStore
from tests.tasks.vault.faults import copied
from tests.tasks.vault.proof.operations import check_readers, check_rerun, course, slow, trace
from tests.thorough import quick

pytestmark = pytest.mark.long

ROOT = Path(__file__).resolve().parents[4]


@pytest.mark.parametrize(
    ("name", "unit", "step"),
    [
        ("newest", "change", quick(18, 3)),
        slow("newest", "change", 1),
        slow("newest", "call", 1),
        slow("backfill", "change", 1),
        slow("backfill", "call", 1),
        slow("compaction", "change", 1),
        slow("compaction", "call", 1),
    ],
)
def test_killed_for_good_at_every_step(name: str, unit: str, step: int, tmp_path: Path) -> None:
    """Whatever the dead left behind: readers see old or new, a rerun gives the same bytes."""
    copied(course(name).begin, FolderStore(tmp_path / "begin"))
    called = [sys.executable, "-m", "tests.tasks.vault.proof.victim", str(tmp_path)]
    done = subprocess.run(
        [*called, name, unit, str(step)],
        cwd=ROOT,
        env={**os.environ, "POLARS_MAX_THREADS": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    lakes = [FolderStore(folder) for folder in tmp_path.iterdir() if folder.name.isdigit()]
    assert len(lakes) > len([call for call in course(name).calls if call.is_done]) // step
    for store in {trace(store): store for store in lakes}.values():
        check_readers(name, copied(store))
        check_rerun(name, store)
