"""A lake behind TLS: what is written is what is stored, on servers of every kind."""

import json
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from datetime import date
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.config import Config

from schemas.store_errors import UnfitStore
from tasks.lake_runs.lake_check import lake_problems
from tasks.vault.backends.memory_store import MemoryStore
from tasks.vault.backends.s3_store import S3Store
from tasks.vault.backends.store import Store
from tasks.vault.conformance.conformance_report import Effort, conformance
from tasks.vault.conformance.first_run import ANSWER, require_conditional_writes
from tests.tasks.vault.backends.tls_server import Frames, S3Server, tls_server
from tests.tasks.vault.faults import copied
from tests.thorough import one_in, quick, thorough
from vaxwatch.archive import archive_folder

pytestmark = pytest.mark.long

Start = Callable[..., S3Server]
FILE = str(archive_folder("unicef_market") / "2022-02-10.csv")
EVERY: tuple[Frames, ...] = ("unpacked", "refused", "stored")


@pytest.fixture
def start(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Start]:
    """Return a function that starts a server and sets the environment for it."""
    with ExitStack() as servers:

        def started(frames: Frames, **how: Any) -> S3Server:
            server = servers.enter_context(tls_server(tmp_path, frames, **how))
            environment = {
                "AWS_ENDPOINT_URL": server.address,
                "AWS_CA_BUNDLE": str(server.certificate),
                "AWS_ACCESS_KEY_ID": "reader",
                "AWS_SECRET_ACCESS_KEY": "secret",
                "AWS_REGION": "us-east-1",
            }
            for name, value in environment.items():
                monkeypatch.setenv(name, value)
            return server

        yield started


def program(*words: str) -> tuple[int, Any]:
    """Run the installed program on the lake of the server; return exit code and document."""
    command = [str(Path(sys.executable).with_name("vaxwatch")), "--lake", "s3://lakes/x", "--json"]
    done = subprocess.run(
        [*command, *words], capture_output=True, text=True, check=False, timeout=300
    )
    return done.returncode, json.loads(done.stdout)


@pytest.mark.parametrize("frames", one_in(3, reversed(EVERY)))
def test_a_store_over_tls_keeps_every_promise(start: Start, frames: Frames) -> None:
    """No upload comes in frames, so it does not matter what the server makes of them."""
    server = start(frames)
    checks = conformance(S3Store("lakes", "x"), Effort(rounds=1, keys=20, large=100_000))
    assert [check for check in checks if check.verdict == "broken"] == []
    assert server.framed == 0


@pytest.mark.parametrize("more", [("--no-quality",), pytest.param((), marks=pytest.mark.slow)])
@pytest.mark.parametrize("frames", ["stored", *map(thorough, ("unpacked", "refused"))])
def test_an_ingest_over_tls_leaves_a_sound_lake(
    start: Start, frames: Frames, more: Sequence[str]
) -> None:
    """The command publishes, and every body is found as it was archived."""
    server = start(frames)
    code, document = program("ingest", "unicef_market", "--file", FILE, *more)
    assert (code, document[0]["outcomes"][0]["verdict"]) == (0, "new")
    assert lake_problems(copied(S3Store("lakes", "x")), (), on=date.max, deep=True) == []
    assert json.loads(server.objects[f"x/{ANSWER}"]) == {"format": 1, "conditional_writes": True}


def test_a_server_that_stores_other_bytes_is_noticed_at_the_first_write(start: Start) -> None:
    """A client that sends frames, and a server that stores them: the run ends at once."""
    server = start("stored")
    config = Config(request_checksum_calculation="when_supported")
    store = S3Store("lakes", "x", client=boto3.client("s3", config=config))  # pyright: ignore[reportUnknownMemberType]
    with pytest.raises(UnfitStore, match=r"5 bytes were written, \d+ others were read back"):
        store.put_if_absent("k", b"hello")
    assert server.framed == 1


def test_an_ingest_into_a_store_without_conditions_is_refused(start: Start) -> None:
    """Nothing is archived or published there, and the sentence says what to do."""
    server = start("unpacked", is_conditional=False)
    for _ in range(quick(1, 2)):
        code, document = program("ingest", "unicef_market", "--file", FILE)
        assert code == 1
        assert "an object that was there was created again" in document[0]["error"]
        assert "doctor --conformance" in document[0]["error"]
        assert list(server.objects) == [f"x/{ANSWER}"]


class Overwriting(MemoryStore):
    """A store that creates what is there, or replaces what was not read."""

    def __init__(self, fault: str) -> None:
        super().__init__()
        self.fault = fault

    def put_if_absent(self, key: str, body: bytes) -> bool:
        """Create the object, perhaps again."""
        if self.fault == "created again":
            return bool(MemoryStore.put_if_match(self, key, body, self._tag(key))) or True
        return super().put_if_absent(key, body)

    def put_if_match(self, key: str, body: bytes, etag: str | None) -> bool:
        """Replace the object, perhaps whatever its tag is, perhaps never."""
        if self.fault == "had not read it":
            return super().put_if_match(key, body, self._tag(key))
        return self.fault != "could not be replaced" and super().put_if_match(key, body, etag)

    def _tag(self, key: str) -> str | None:
        blob = self.get(key)
        return blob.etag if blob else None


@pytest.mark.parametrize("fault", ["created again", "had not read it", "could not be replaced"])
def test_each_broken_condition_is_named_by_every_run_until_it_is_mended(fault: str) -> None:
    """What is kept in the lake then says that nothing is proved."""
    store = Overwriting(fault)
    for _ in range(2):
        with pytest.raises(UnfitStore, match=fault):
            require_conditional_writes(store)
        assert (there := store.get(ANSWER)) is not None
        assert json.loads(there.body) == {"format": 1, "conditional_writes": False}
    store.fault = ""
    require_conditional_writes(store)
    assert (there := store.get(ANSWER)) is not None
    assert json.loads(there.body) == {"format": 1, "conditional_writes": True}


def test_first_runs_at_once_agree(store: Store) -> None:
    """Whoever comes second finds the proof; nothing else is left in the lake."""
    with ThreadPoolExecutor(8) as pool:
        runs = [pool.submit(require_conditional_writes, store) for _ in range(8)]
    assert [run.result() for run in runs] == [None] * 8
    assert list(store.list("")) == [ANSWER]
