import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tasks.pipeline.bulk import snapshot_readers
from tests.tasks.pipeline.bulk.archives import archive, backfilled, committed, shown
from tests.tasks.pipeline.bulk.killed import noted_in

COUNT, CHUNK = 10, 3
ROOT = Path(__file__).resolve().parents[4]


@pytest.mark.parametrize(
    "parses", [pytest.param(1, marks=pytest.mark.slow), 5, pytest.param(8, marks=pytest.mark.slow)]
)
def test_no_committed_snapshot_is_parsed_again_after_a_kill(
    tmp_path: Path, parses: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The chunks before the one that was killed stay; the lake ends as if nothing had been."""
    lake, origin = tmp_path / "lake", archive(tmp_path / "archive", COUNT)
    words = [str(lake), str(origin), str(tmp_path / "first"), str(parses)]
    program = [sys.executable, "-m", "tests.tasks.pipeline.bulk.killed", *words]
    killed = subprocess.run(program, cwd=ROOT, check=False, timeout=120)
    assert killed.returncode == -signal.SIGKILL
    there = committed(lake)
    assert len(there) == (parses - 1) // CHUNK * CHUNK

    second = tmp_path / "second"
    monkeypatch.setattr(snapshot_readers, "read_snapshot", noted_in(second))
    summary = backfilled(lake, origin, chunk=CHUNK)
    again = second.read_text().split()
    assert len(summary.planned) == len(again) == COUNT - len(there)
    assert not {*again} & {*there}
    backfilled(tmp_path / "whole", origin, chunk=CHUNK)
    assert shown(lake) == shown(tmp_path / "whole")
