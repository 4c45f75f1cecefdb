import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

PARENT = """
import os, subprocess, sys, time
os.environ["VAXWATCH_PARENT"] = str(os.getpid())
child = subprocess.Popen([sys.executable, "-c", sys.argv[1], *sys.argv[2:]])
print(child.pid, flush=True)
time.sleep(60)
"""
CHILD = """
import signal, sys, time
from tasks.process_guard import end_with_the_parent
def report(*_): open(sys.argv[1], "w").write("ended"); sys.exit()
signal.signal(signal.SIGTERM, report)
end_with_the_parent()
print("guarded", flush=True)
time.sleep(60)
"""
GRANDCHILD = "import subprocess, sys; subprocess.run([sys.executable, '-c', {0!r}, sys.argv[1]])"
PATIENCE = 60


@pytest.mark.parametrize("child", [CHILD, GRANDCHILD.format(CHILD)], ids=["child", "grandchild"])
def test_a_run_ends_with_the_process_that_started_it(tmp_path: Path, child: str) -> None:
    """After SIGKILL of the parent a child has time to report its end; then it is gone."""
    noted = tmp_path / "noted"
    command = [sys.executable, "-c", PARENT, child, str(noted)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout
        pid = int(parent.stdout.readline())
        assert parent.stdout.readline() == "guarded\n"
        parent.kill()
    until = time.monotonic() + PATIENCE
    while not noted.exists() or Path(f"/proc/{pid}").exists():
        assert time.monotonic() < until
        time.sleep(0.1)
    assert noted.read_text() == "ended"


def test_a_run_without_such_a_parent_is_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """A worker's runs, and those of a command, go on without it."""
    from tasks import process_guard  # noqa: PLC0415 (its lock is looked at)

    for value in ("", "no number", str(os.getpid())):
        monkeypatch.setenv("VAXWATCH_PARENT", value)
        process_guard.end_with_the_parent()
        assert not process_guard._guarded.locked()
