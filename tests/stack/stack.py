"""The grown-up stack as processes here: PostgreSQL, Prefect's server, workers, S3, a publisher.

Everything listens on loopback and keeps its state in one folder. A piece can be stopped, killed and
started again on the same port and with the same data.
"""

import shutil
import subprocess
import sys
import tempfile
import textwrap
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import yaml

from tests.servers import free_port
from tests.stack.postgres import postgres
from tests.stack.processes import Program, clean_environment
from tests.stack.upstream import SOURCE, Upstream, upstream
from tests.tasks.vault.conftest import weed

ROOT = Path(__file__).resolve().parents[2]
PREFECT_FILE = ROOT / "deployments" / "prefect.yaml"
BUCKET = "lakes"
BIN = Path(sys.executable).parent


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

    def deploy(self, seconds: float) -> None:
        """Deploy the source's ingest of deployments/prefect.yaml to the pool, every few seconds."""
        file = self.folder / "prefect.yaml"
        file.write_text(yaml.safe_dump(deployments_every(seconds)), encoding="utf-8")
        self.run(
            "prefect",
            "--no-prompt",
            "work-pool",
            "create",
            "local",
            "--type",
            "process",
            "--overwrite",
        )
        self.run("prefect", "--no-prompt", "deploy", "--all", "--prefect-file", str(file))

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
    """Return deployments/prefect.yaml with the ingest of one source alone, every few seconds."""
    document: dict[str, Any] = yaml.safe_load(PREFECT_FILE.read_text(encoding="utf-8"))
    [entry] = [one for one in document["deployments"] if one["name"] == f"ingest-{SOURCE}"]
    entry["schedules"] = [{"interval": seconds}]
    return {"name": document["name"], "deployments": [entry]}


@contextmanager
def stack_in(folder: Path) -> Iterator[Stack]:
    """Yield a stack whose state is in a folder: database, S3 and server are up, no worker yet.

    Where we are root, other users must be able to pass through the folder.
    """
    with ExitStack() as ending:
        shown = ending.enter_context(upstream())
        database, secret_address = postgres(folder)
        store, endpoint = _store(folder)
        environment = _environment(folder, shown, endpoint)
        server = _server(folder, environment, secret_address)
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


def _store(folder: Path) -> tuple[Program, str]:
    """Return SeaweedFS and its address."""
    place = folder / "seaweed"
    place.mkdir(exist_ok=True)
    launch = weed(place)
    program = Program(
        name="seaweed",
        command=launch.command,
        folder=folder,
        environment=clean_environment(),
        answers=launch.answers,
        working_directory=place,
    )
    return program, launch.address


def _environment(folder: Path, shown: Upstream, endpoint: str) -> dict[str, str]:
    """Return what commands, worker and server of the stack share."""
    settings = folder / "vaxwatch.toml"
    settings.write_text(
        textwrap.dedent(f"""\
            contact = "stack@example.org"

            [alerts]
            shadow_versions = 0

            [sources.{SOURCE}]
            url = "{shown.page}"

            [[targets]]
            name = "inbox"
            url = "{shown.inbox}"
            """),
        encoding="utf-8",
    )
    return clean_environment(
        PREFECT_API_URL=f"http://127.0.0.1:{free_port()}/api",
        PREFECT_HOME=str(folder / "prefect"),
        PREFECT_SERVER_ALLOW_EPHEMERAL_MODE="false",
        PREFECT_SERVER_ANALYTICS_ENABLED="false",
        DO_NOT_TRACK="1",
        VAXWATCH_LAKE=f"s3://{BUCKET}/stack",
        VAXWATCH_CONFIG=str(settings),
        VAXWATCH_SOURCES=f'{{"{SOURCE}": {{"url": "{shown.page}"}}}}',
        AWS_ENDPOINT_URL=endpoint,
        AWS_ACCESS_KEY_ID="admin",
        AWS_SECRET_ACCESS_KEY="secret",
        AWS_DEFAULT_REGION="us-east-1",
    )


def _server(folder: Path, environment: Mapping[str, str], secret_address: str) -> Program:
    """Return Prefect's server on the database."""
    api = environment["PREFECT_API_URL"]
    port = api.rsplit(":", 1)[1].partition("/")[0]
    return Program(
        name="server",
        command=[str(BIN / "prefect"), "server", "start", "--host", "127.0.0.1", "--port", port],
        folder=folder,
        environment=dict(environment)
        | {
            "PREFECT_API_DATABASE_CONNECTION_URL": f"postgresql+asyncpg://{secret_address}",
            "PREFECT_SERVER_UI_API_URL": api,
            "PREFECT_UI_STATIC_DIRECTORY": str(folder / "pages"),
        },
        answers=lambda: httpx.get(f"{api}/health").raise_for_status(),
    )
