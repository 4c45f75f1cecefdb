"""A command without a configured Prefect API: one process that leaves nothing but the lake."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path

import pytest
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from tasks.vault.backends.open_store import open_store
from tasks.vault.vault_reader import VaultReader
from tests.thorough import thorough
from tests.vaxwatch.proof.forked_commands import begun

pytestmark = pytest.mark.long

SOURCE = "unicef_market"
TABLE = "Recipient ISO,Vaccine Name,Doses Allocated\nPRK,AstraZeneca,{doses}\n"
WITHOUT_PREFECT = """
import sys
class Blocker:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] == "prefect":
            raise ImportError(name)
sys.meta_path.insert(0, Blocker())
from vaxwatch.__main__ import main
main()
"""


def environment(**more: str) -> dict[str, str]:
    """Return an environment without HOME, VAXWATCH_… and PREFECT_…."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if name != "HOME" and not name.startswith(("VAXWATCH", "PREFECT"))
    }
    return kept | more


def start(folder: Path, *words: str, env: Mapping[str, str]) -> subprocess.Popen[str]:
    """Start the command line in a folder, where Prefect cannot be imported."""
    return subprocess.Popen(
        [sys.executable, "-c", WITHOUT_PREFECT, "--lake", str(folder / "lake"), *words],
        cwd=folder,
        env=env,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def ingest(folder: Path, day: str, *, env: Mapping[str, str]) -> subprocess.Popen[str]:
    """Start the ingest of a file of a day."""
    file = folder / f"{day}.csv"
    file.write_text(TABLE.format(doses=day.replace("-", "")))
    words = ("ingest", SOURCE, "--file", str(file), "--no-quality")
    return start(folder, *words, env=env)


def as_of(folder: Path) -> list[str]:
    """Return the days of the vintages in the lake of a folder."""
    vault = VaultReader(open_store(str(folder / "lake")), SOURCE)
    return [vintage.as_of.date().isoformat() for vintage in vault.vintages()]


def running(group: int) -> list[str]:
    """Return the commands of the processes of a process group that still run."""
    found: list[str] = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            _, _, fields = stat.read_text().rpartition(") ")
            state, _, owner = fields.split()[:3]
            if int(owner) == group and state != "Z":
                found.append(stat.with_name("cmdline").read_text())
        except (OSError, ValueError):
            continue  # it has just ended
    return found


@pytest.mark.parametrize("home", ["unwritable", thorough(None), thorough("empty")])
def test_an_ingest_needs_no_prefect_and_no_home(tmp_path: Path, home: str | None) -> None:
    """Nothing is written there, nothing is logged, no Prefect is imported."""
    env = environment()
    if home is not None:
        folder = tmp_path / home
        folder.mkdir(mode=0o500 if home == "unwritable" else 0o700)
        env["HOME"] = str(folder)
    process = ingest(tmp_path, "2022-02-10", env=env)
    out, err = process.communicate(timeout=120)
    assert (process.returncode, err) == (0, "")
    assert "unicef_market as of 2022-02-10: new" in out
    assert as_of(tmp_path) == ["2022-02-10"]
    if home is not None:
        assert list((tmp_path / home).iterdir()) == []


@pytest.mark.thorough
def test_two_ingests_at_one_time_share_a_lake(tmp_path: Path) -> None:
    """Both are published, whichever commits first."""
    days = ["2022-02-10", "2022-02-22"]
    processes = [ingest(tmp_path, day, env=environment()) for day in days]
    for process in processes:
        _, err = process.communicate(timeout=120)
        assert (process.returncode, err) == (0, "")
    assert as_of(tmp_path) == days


@pytest.mark.parametrize(
    ("ending", "code"),
    [(signal.SIGTERM, 143), thorough(signal.SIGKILL, -9), thorough(signal.SIGINT, 130)],
)
def test_a_run_that_is_ended_leaves_no_process(
    tmp_path: Path, httpserver: HTTPServer, ending: signal.Signals, code: int
) -> None:
    """In the middle of a fetch; the next run works as if nothing had been."""
    asked: list[Request] = []

    def answer(request: Request) -> Response:
        asked.append(request)
        if len(asked) == 1:
            time.sleep(3)
        return Response(TABLE.format(doses=1))

    httpserver.expect_request("/a.csv").respond_with_handler(answer)
    url = httpserver.url_for("/a.csv")
    (tmp_path / "vaxwatch.toml").write_text(f'[sources.{SOURCE}]\nurl = "{url}"\n')
    command = [sys.executable, "-m", "vaxwatch", "--lake", str(tmp_path / "lake")]
    process = subprocess.Popen(
        [*command, "ingest", SOURCE, "--no-quality"],
        cwd=tmp_path,
        env=environment(),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    while not asked:
        assert process.poll() is None
        time.sleep(0.1)
    process.send_signal(ending)
    assert process.wait(timeout=60) == code
    assert running(process.pid) == []
    again = begun(tmp_path, *command[3:], "ingest", SOURCE, "--no-quality", environment={}).ended()
    assert (again.code, again.err) == (0, "")
    assert len(as_of(tmp_path)) == 1
