"""Lakes on the run's real S3 server."""

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.servers import shared
from tests.tasks.vault.conftest import weed
from tests.vaxwatch.proof.random_commands import Place, new_place


@contextmanager
def s3_lake() -> Iterator[dict[str, Any]]:
    """Yield the address of a new lake, and the environment of its commands; it holds here, too."""
    environment = {
        "AWS_ENDPOINT_URL": shared("seaweed", weed),
        "AWS_ACCESS_KEY_ID": "admin",
        "AWS_SECRET_ACCESS_KEY": "secret",
        "AWS_DEFAULT_REGION": "us-east-1",
    }
    with pytest.MonkeyPatch.context() as patch:
        for name, value in environment.items():
            patch.setenv(name, value)
        yield {"uri": f"s3://lakes/{uuid.uuid4().hex}", "environment": environment}


@contextmanager
def new_place_on(kind: str, folder: Path, seed: int) -> Iterator[Place]:
    """Yield a place whose lake is to be in a folder, or on S3."""
    if kind == "folder":
        with new_place(folder, seed) as place:
            yield place
    else:
        with s3_lake() as lake, new_place(folder, seed, **lake) as place:
            yield place
