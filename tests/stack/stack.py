"""The grown-up stack as processes here: PostgreSQL, Prefect's server, workers, S3, a publisher.

Everything listens on loopback and keeps its state in one folder. A piece can be stopped, killed and
started again on the same port and with the same data.
"""

import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import yaml

from tests.servers import free_port
from tests.stack.pieces import BIN, environment_of, server_on, store_in
from tests.stack.postgres import postgres
from tests.stack.processes import Program
from tests.stack.upstream import SOURCE, Upstream, upstream

ROOT = Path(__file__).resolve().parents[2]
PREFECT_FILE = ROOT / "deployments" / "prefect.yaml"


@dataclass
class Stack:
    """All pieces, and the environment in which a command of ours or of Prefect's works with them.

    `environment` has the credentials of the S3 server and the address of Prefect's API, but not
    the password of the database, which the Prefect server alone has.
    """

    folder: Path
    upstream: Upstream
    environment: dict[str, str]
    database: Program
    server: Program
    store: Program
    workers: list[Program] = field(default_factory=list[Program])

    @property
    def api(self) -> str:
        """The address of Prefect's API."""
        return self.environment["PREFECT_API_URL"]

    @property
    def lake(self) -> str:
        """The address of the lake."""
        return self.environment["VAXWATCH_LAKE"]

    @property
    def programs(self) -> list[Program]:
        """Every program, those first that others need."""
        return [self.database, self.store, self.server, *self.workers]

    def run(self, *words: str, check: bool = True, timeout: float = 180) -> str:
        """Run a command of .venv/bin from the root of the repository; return what it wrote.

        Raises AssertionError with its output when `check` and it fails.
        """
        done = subprocess.run(
            [str(BIN / words[0]), *words[1:]],
            env=self.environment,
            cwd=ROOT,
            capture_output=True,
            text=True,
            timeout=timeout,
            check=False,
        )
        assert done.returncode == 0 or not check, f"{words}: {done.stdout}\n{done.stderr}"
        return done.stdout

    def ask(self, method: str, path: str, **body: Any) -> Any:
        """Return the answer of Prefect's API, whose paths begin with '/'."""
        answer = httpx.request(
            method, self.api + path, json=body if method == "POST" else None, timeout=30
        )
        answer.raise_for_status()
        return answer.json() if answer.content else None

    def runs(self, **among: Any) -> list[dict[str, Any]]:
        """Return the flow runs that a filter of Prefect's API finds, the newest first."""
        return self.ask("POST", "/flow_runs/filter", sort="EXPECTED_START_TIME_DESC", **among)

    def deploy(self, seconds: float, **parameters: Any) -> None:
        """Deploy the ingest of one source every few seconds, and the backfill."""
        file, document = self.folder / "prefect.yaml", deployments_every(seconds)
        document["deployments"][0]["parameters"] |= parameters
        file.write_text(yaml.safe_dump(document), encoding="utf-8")
        self.run("vaxwatch", "deploy", "--schedules", str(file))

    def start_worker(self) -> Program:
        """Start one more worker of the pool."""
        name = f"worker-{len(self.workers)}"
        port = free_port()
        worker = Program(
            name=name,
            command=[
                *(str(BIN / "prefect"), "worker", "start", "--pool", "local", "--name", name),
                *("--type", "process", "--with-healthcheck"),
            ],
            folder=self.folder,
            working_directory=ROOT,
            environment=self.environment
            | {"PREFECT_WORKER_WEBSERVER_PORT": str(port), "PREFECT_WORKER_QUERY_SECONDS": "3"},
            answers=lambda: httpx.get(f"http://127.0.0.1:{port}/health").raise_for_status(),
        )
        self.workers.append(worker)
        worker.start()
        worker.await_answer()
        return worker

    def serve(self) -> Program:
        """Return `vaxwatch serve` with the schedules that were deployed last; it is not started."""
        program = Program(
            name=f"serve-{len(self.workers)}",
            command=[
                *(str(BIN / "vaxwatch"), "serve", "--schedules", str(self.folder / "prefect.yaml"))
            ],
            folder=self.folder,
            working_directory=ROOT,
            environment=self.environment,
        )
        self.workers.append(program)
        return program


def deployments_every(seconds: float) -> dict[str, Any]:
    """Return deployments/prefect.yaml with the backfill and one source, due every few seconds."""
    document: dict[str, Any] = yaml.safe_load(PREFECT_FILE.read_text(encoding="utf-8"))
    entries = {one["name"]: one for one in document["deployments"]}
    ingest = entries[f"ingest-{SOURCE}"] | {"schedules": [{"interval": seconds}]}
    return {"name": document["name"], "deployments": [ingest, entries["backfill"]]}


@contextmanager
def stack_in(folder: Path) -> Iterator[Stack]:
    """Yield a stack whose state is in a folder: database, S3 and server are up, no worker yet.

    Where we are root, other users must be able to pass through the folder.
    """
    with ExitStack() as ending:
        shown = ending.enter_context(upstream())
        database, secret_address = postgres(folder)
        store, endpoint = store_in(folder)
        environment = environment_of(folder, shown, endpoint)
        server = server_on(secret_address, folder, environment)
        stack = Stack(folder, shown, environment, database, server, store)
        ending.callback(lambda: [one.stop() for one in reversed(stack.programs)])
        for program in (database, store):
            program.start()
        for program in (database, store):
            program.await_answer()
        server.start()
        server.await_answer()
        yield stack


@contextmanager
def passing_folder() -> Iterator[Path]:
    """Yield a new folder that other users may pass through, which goes with the context."""
    folder = Path(tempfile.mkdtemp(prefix="vaxwatch-stack-"))
    folder.chmod(0o711)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
