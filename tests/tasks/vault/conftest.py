"""The stores that every test of the vault can be run on, and ready-made drafts."""

import hashlib
import json
import random
import socket
import sys
import uuid
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from threading import Thread
from typing import Any

import boto3
import polars as pl
import pytest
from botocore.config import Config
from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app
from werkzeug.serving import make_server

from schemas.records import Body, Snapshot
from tasks.vault.backdated_insert import Draft, TableDraft
from tasks.vault.backends.folder_store import FolderStore
from tasks.vault.backends.memory_store import MemoryStore
from tasks.vault.backends.s3_store import S3Store
from tasks.vault.backends.store import Store
from tests.servers import Launch, shared

NOW = datetime(2026, 11, 22, tzinfo=UTC)
KEY = ("iso3", "product")
SCHEMA = {"iso3": pl.String, "product": pl.String, "doses": pl.Int64}


def free_ports(count: int) -> list[int]:
    """Return free ports whose neighbours 10,000 further (the server's own choice) are free, too."""
    found: list[int] = []
    for port in random.sample(range(20_000, 30_000), 200):
        with socket.socket() as one, socket.socket() as other:
            try:
                one.bind(("127.0.0.1", port))
                other.bind(("127.0.0.1", port + 10_000))
            except OSError:
                continue
            found.append(port)
        if len(found) == count:
            return found
    raise AssertionError


def s3_client(endpoint: str, *, user: str = "admin", secret: str = "secret") -> Any:
    """Return a client of a server on loopback."""
    return boto3.client(
        "s3",
        endpoint_url=endpoint,
        region_name="us-east-1",
        aws_access_key_id=user,
        aws_secret_access_key=secret,
        config=Config(retries={"total_max_attempts": 6}, max_pool_connections=16),
    )


def weed(folder: Path) -> Launch:
    """Return how SeaweedFS, a real S3 server, is started on loopback."""
    identities = [
        {
            "name": name,
            "credentials": [{"accessKey": name, "secretKey": "secret"}],
            "actions": actions,  # without any: what the policy of a bucket allows
        }
        for name, actions in {
            "admin": ["Admin", "Read", "Write", "List", "Tagging"],
            "writer": [],
            "reader": [],
        }.items()
    ]
    (folder / "s3.json").write_text(json.dumps({"identities": identities}))
    names = ("master", "volume", "filer", "s3", "iceberg", "metrics", "admin")
    ports = dict(zip(names, free_ports(len(names)), strict=True))
    iceberg, metrics, admin = (ports.pop(name) for name in names[4:])
    address = f"http://127.0.0.1:{ports['s3']}"
    client = s3_client(address)

    def answers() -> None:
        if not client.list_buckets()["Buckets"]:
            client.create_bucket(Bucket="lakes")
        client.put_object(Bucket="lakes", Key="x", Body=b"")

    return Launch(
        address=address,
        command=[
            str(Path(sys.executable).parent / "weed"),
            "mini",
            f"-dir={folder}",
            "-ip=127.0.0.1",
            "-ip.bind=127.0.0.1",
            *(f"-{name}.port={port}" for name, port in ports.items()),
            f"-s3.port.iceberg={iceberg}",
            f"-metricsPort={metrics}",
            f"-admin.port={admin}",
            "-webdav=false",
            "-admin.ui=false",
            f"-s3.config={folder / 's3.json'}",
            "-master.telemetry=false",
        ],
        answers=answers,
    )


@pytest.fixture(scope="session")
def seaweed() -> Any:
    """Return a client of the run's real S3 server (SeaweedFS), which has a bucket `lakes`."""
    return s3_client(shared("seaweed", weed))


@pytest.fixture(scope="session")
def moto() -> Iterator[Any]:
    """Run the light S3 server in this process; yield a client with bucket `lakes`.

    It takes one request at a time: moto looks for a key and writes it in two steps without a lock.
    """
    server = make_server("127.0.0.1", 0, DomainDispatcherApplication(create_backend_app))
    thread = Thread(target=server.serve_forever)
    thread.start()
    client = s3_client(f"http://127.0.0.1:{server.server_port}")
    client.create_bucket(Bucket="lakes")
    yield client
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture(params=["memory", "folder", "moto", "seaweed"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Store:
    """Return an empty store of each kind in turn."""
    kind = request.param
    if kind == "memory":
        return MemoryStore()
    if kind == "folder":
        return FolderStore(tmp_path / "lake")
    return S3Store("lakes", uuid.uuid4().hex, client=request.getfixturevalue(kind))


def draft(
    day: int,
    rows: Sequence[tuple[Any, ...]] | pl.DataFrame,
    *,
    hour: int = 0,
    scope: tuple[str, ...] = (),
    held: bool = False,
    **table: Any,
) -> Draft:
    """Return a snapshot of January 2022 with one table `doses`."""
    frame = (
        rows if isinstance(rows, pl.DataFrame) else pl.DataFrame(rows, schema=SCHEMA, orient="row")
    )
    sha = hashlib.sha256(frame.write_json().encode()).hexdigest()
    return Draft(
        snapshot=Snapshot(
            source="s",
            retrieved_at=datetime(2022, 1, day, hour, tzinfo=UTC),
            bodies=(Body(name="main", sha256=sha, size=frame.height),),
            url="https://example.org/doses.csv",
            scope=scope,
        ),
        tables={"doses": TableDraft(frame=frame, key=KEY, **table)},
        held=held,
    )


def quarantine(*keys: tuple[str, str]) -> pl.DataFrame:
    """Return quarantined rows for keys."""
    return pl.DataFrame(
        {
            "row": range(1, len(keys) + 1),
            "column": ["Doses"] * len(keys),
            "rule": ["readable"] * len(keys),
            "value": ["NaN"] * len(keys),
            "reason": ["'NaN' is no whole number."] * len(keys),
            "iso3": [key[0] for key in keys],
            "product": [key[1] for key in keys],
        }
    )
