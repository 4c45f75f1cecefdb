"""The pieces of a stack that are no code of ours, and the environment that they share."""

import sys
import textwrap
from collections.abc import Mapping
from pathlib import Path

import httpx
from werkzeug.serving import make_ssl_devcert

from tests.servers import free_port
from tests.stack.processes import Program, clean_environment
from tests.stack.upstream import SOURCE, Upstream
from tests.tasks.vault.conftest import weed
from vaxwatch.orchestration.server_process import SERVER_ENVIRONMENT

BIN = Path(sys.executable).parent
BUCKET = "lakes"
TARGET = "inbox"
"""The name of the target of alerts."""


def store_in(folder: Path) -> tuple[Program, str]:
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


def environment_of(folder: Path, shown: Upstream, endpoint: str) -> dict[str, str]:
    """Return what commands, worker and server of the stack share."""
    authority, _ = make_ssl_devcert(str(folder / "authority"), host="localhost")
    settings = folder / "vaxwatch.toml"
    settings.write_text(
        textwrap.dedent(f"""\
            contact = "stack@example.org"

            [alerts]
            shadow_versions = 0

            [sources.{SOURCE}]
            url = "{shown.page}"

            [[targets]]
            name = "{TARGET}"
            url = "{shown.inbox}"
            """),
        encoding="utf-8",
    )
    return clean_environment(
        PREFECT_API_URL=f"http://127.0.0.1:{free_port()}/api",
        PREFECT_HOME=str(folder / "prefect"),
        PREFECT_API_SSL_CERT_FILE=authority,  # as in deployments/compose.yaml
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


def server_on(secret_address: str, folder: Path, environment: Mapping[str, str]) -> Program:
    """Return Prefect's server on a database; `secret_address` has the password."""
    api = environment["PREFECT_API_URL"]
    port = api.rsplit(":", 1)[1].partition("/")[0]
    return Program(
        name="server",
        command=[str(BIN / "prefect"), "server", "start", "--host", "127.0.0.1", "--port", port],
        folder=folder,
        environment=dict(environment)
        | SERVER_ENVIRONMENT
        | {
            "PREFECT_API_DATABASE_CONNECTION_URL": f"postgresql+asyncpg://{secret_address}",
            "PREFECT_SERVER_UI_API_URL": api,
            "PREFECT_UI_STATIC_DIRECTORY": str(folder / "pages"),
        },
        answers=lambda: httpx.get(f"{api}/health").raise_for_status(),
    )
