"""`make superset`: a Superset with a dashboard over the marts of a lake, checked and pictured.

Its folder is `.superset`, which git ignores; it listens on loopback alone, and ends with this
program (`--serve` keeps it until Ctrl-C). The lake: VAXWATCH_LAKE, a folder; else the demo's.
"""

import os
import secrets
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import polars as pl

from tests.bi.page_picture import take_picture
from tests.bi.superset_api import Superset
from tests.bi.superset_charts import CHARTS, SLUG
from tests.servers import free_port

ROOT = Path(__file__).resolve().parents[2]
PLACE = ROOT / ".superset"
HOME = PLACE / "home"
PROGRAMS = PLACE / "venv" / "bin"
PICTURE = ROOT / "docs" / "images" / "superset.png"
SIZE = (1360, 1000)
USER = "admin"
PATIENCE = 900
READY = (
    "document.querySelectorAll('.chart-container, .dashboard-chart').length >= 4"
    " && !document.querySelector('.loading, [data-test=\"loading-indicator\"]')"
    " && document.querySelectorAll('canvas').length >= 2"
    " && document.querySelectorAll('table').length >= 2"
)


def secret(name: str) -> str:
    """Return a secret of this folder, made the first time; nobody else can read it."""
    HOME.mkdir(parents=True, exist_ok=True)
    path = HOME / name
    if not path.exists():
        path.touch(mode=0o600)
        path.write_text(secrets.token_hex(32), "utf-8")
    return path.read_text("utf-8")


def environment() -> dict[str, str]:
    """Return the environment of Superset's programs."""
    secret("secret")
    return os.environ | {
        "SUPERSET_HOME": str(HOME),
        "SUPERSET_CONFIG_PATH": str(Path(__file__).with_name("superset_config.py")),
        "FLASK_APP": "superset.app:create_app()",
        "SCARF_ANALYTICS": "false",
    }


def prepare() -> None:
    """Make Superset's own database, its administrator and its roles, the first time."""
    done_before = HOME / "prepared"
    if done_before.exists():
        return
    person = ["--username", USER, "--firstname", "vaxwatch", "--lastname", "reader"]
    steps = (
        ["db", "upgrade"],
        ["fab", "create-admin", *person, "--email", "reader@example.org"],
        ["init"],
    )
    for step in steps:
        hidden = ["--password", secret("password")] if step[0] == "fab" else []
        command = [str(PROGRAMS / "superset"), *step, *hidden]
        done = subprocess.run(
            command,
            env=environment(),
            capture_output=True,
            text=True,
            check=False,
            timeout=PATIENCE,
        )
        if done.returncode:
            raise RuntimeError(f"superset {' '.join(step)} failed: {done.stderr[-2000:]}")
    done_before.touch()


@contextmanager
def running() -> Iterator[str]:
    """Yield the address of a Superset that runs on loopback; it ends at the end."""
    address = f"http://127.0.0.1:{free_port()}"
    bind = ["--bind", address.removeprefix("http://"), "--workers", "1", "--threads", "4"]
    command = [str(PROGRAMS / "gunicorn"), *bind, "--timeout", "300", "superset.app:create_app()"]
    with (PLACE / "log").open("wb") as log:
        server = subprocess.Popen(command, env=environment(), stdout=log, stderr=log)
    try:
        until = time.monotonic() + PATIENCE
        while not _is_up(address):
            if server.poll() is not None or time.monotonic() > until:
                raise RuntimeError(f"Superset did not start; see {PLACE / 'log'}.")
            time.sleep(1)
        yield address
    finally:
        server.terminate()
        server.wait(timeout=60)


def _is_up(address: str) -> bool:
    try:
        return httpx.get(f"{address}/health", timeout=60).text == "OK"
    except httpx.HTTPError:
        return False


def lake_folder() -> Path:
    """Return the lake: VAXWATCH_LAKE, or the demo's, made the first time."""
    if named := os.environ.get("VAXWATCH_LAKE"):
        return Path(named).resolve()
    made = PLACE / "demo" / "lake"
    if not (made / "marts" / "freshness.parquet").exists():
        made.parent.mkdir(parents=True, exist_ok=True)
        program = str(Path(sys.executable).parent / "vaxwatch")
        subprocess.run([program, "demo"], cwd=made.parent, check=True, capture_output=True)
    return made


def check(superset: Superset, lake: Path) -> list[str]:
    """Return how the data of the charts differ from the marts, a sentence each."""
    rows = {chart.name: superset.rows(chart) for chart in CHARTS}
    faults = [f"{name}: no rows." for name, found in rows.items() if not found]
    steps = pl.read_parquet(lake / "marts/promise_steps.parquet").filter(
        iso3="PRK", source="unicef_market", measure="doses_allocated"
    )
    seen = [row["doses"] for row in rows["Doses allocated to DPR Korea"]]
    if sorted(seen) != sorted(steps["total"].fill_null(0).to_list()):
        faults.append(f"Doses allocated to DPR Korea: {seen}, expected {steps['total'].to_list()}.")
    tables = pl.read_parquet(lake / "marts/freshness.parquet")["dataset"].sort().head(12).to_list()
    shown = sorted(row["dataset"] for row in rows["Freshness"])
    if len(tables) < 12 and shown != tables:
        faults.append(f"Freshness: {shown}, expected {tables}.")
    return faults


def cookies(address: str) -> dict[str, str]:
    """Return the cookies of a session of the administrator."""
    with httpx.Client(base_url=address, timeout=PATIENCE) as client:
        client.post("/login/", data={"username": USER, "password": secret("password")})
        return dict(client.cookies)


def main() -> int:
    """Set up, check, and take the picture; with --serve, leave it running."""
    lake = lake_folder()
    prepare()
    with running() as address:
        superset = Superset(address, user=USER, password=secret("password"))
        superset.set_up(str(lake))
        faults = check(superset, lake)
        page = f"{address}/superset/dashboard/{SLUG}/"
        if "--serve" in sys.argv[1:]:
            sys.stdout.write(f"{page}\n{USER}, password in {HOME / 'password'}; Ctrl-C ends it.\n")
            sys.stdout.flush()
            _wait()
            return int(bool(faults))
        program = os.environ["VAXWATCH_CHROMIUM"]
        address_alone = f"{page}?standalone=1"
        body = take_picture(
            program, address_alone, cookies=cookies(address), size=SIZE, ready=READY
        )
        PICTURE.parent.mkdir(exist_ok=True)
        PICTURE.write_bytes(body)
        sys.stdout.write(f"{superset.counts()}\n{PICTURE.relative_to(ROOT)}: {len(body):,} bytes\n")
    for fault in faults:
        sys.stderr.write(f"{fault}\n")
    return int(bool(faults))


def _wait() -> None:
    try:
        while True:
            time.sleep(3600)
    except KeyboardInterrupt:
        return


if __name__ == "__main__":
    sys.exit(main())
