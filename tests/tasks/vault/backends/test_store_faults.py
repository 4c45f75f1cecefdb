"""Errors of folders and S3: which end a run at once, which are tried again, and what is shown."""

import errno
import io
import pickle
import socket
import struct
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import botocore.exceptions
import pytest
import stamina
from botocore.awsrequest import AWSResponse
from botocore.compat import HTTPHeaders
from urllib3 import HTTPResponse

from schemas.errors import StoreUnavailable
from schemas.store_errors import StoreRefused
from tasks.runs.run_step import RETRY_DELAYS, run_here
from tasks.vault.backends.folder_store import FolderStore
from tasks.vault.backends.s3_store import S3Store
from tasks.vault.backends.store import Store
from tasks.vault.backends.store_faults import (
    CLIENT_REFUSED,
    FOLDER_REFUSED,
    FOLDER_RETRIED,
    S3_REFUSED,
    S3_RETRIED,
)
from tests.tasks.vault.conftest import s3_client
from tests.tasks.vault.faults import disk

TRIES = len(RETRY_DELAYS) + 1
STATUS = {"InternalError": 500, "ServiceUnavailable": 503, "SlowDown": 503, "RequestTimeout": 400}
DOCUMENT = Path(__file__).parents[4] / "docs" / "operations.md"


@pytest.fixture(autouse=True)
def at_once() -> Iterator[None]:
    """Let nobody wait between two tries of a step."""
    with stamina.set_testing(True, attempts=TRIES):
        yield


def tries_of(store: Store) -> tuple[int, StoreUnavailable | StoreRefused]:
    """Return how often a step that writes is tried, and the error at its end."""
    tried: list[None] = []

    def step() -> None:
        tried.append(None)
        store.put_if_absent("a/b", b"x")

    with pytest.raises((StoreUnavailable, StoreRefused)) as raised:
        run_here("step", step)
    return len(tried), raised.value


def refused_folder(folder: Path, number: int) -> tuple[int, StoreUnavailable | StoreRefused]:
    """Return what becomes of a step in a folder that refuses every change with an error."""

    def act(_: str, path: str) -> None:
        raise OSError(number, "what the system calls it", path)

    with disk(folder, act):
        return tries_of(FolderStore(folder / "lake"))


@pytest.mark.parametrize("number", FOLDER_REFUSED, ids=lambda it: errno.errorcode[it])
def test_what_a_folder_refuses_for_good_ends_a_run_at_once(tmp_path: Path, number: int) -> None:
    """One sentence, with the place and the next step."""
    tried, error = refused_folder(tmp_path, number)
    assert (tried, type(error)) == (1, StoreRefused)
    assert FOLDER_REFUSED[number] in str(error)
    assert "lake/a/b" in str(error)


@pytest.mark.parametrize("number", FOLDER_RETRIED, ids=lambda it: errno.errorcode[it])
def test_what_a_folder_may_get_over_is_tried_again(tmp_path: Path, number: int) -> None:
    """As is an error that is in no table."""
    assert refused_folder(tmp_path, number)[0] == TRIES
    assert refused_folder(tmp_path, errno.EDOM)[0] == TRIES


def bucket(status: int, code: str) -> tuple[S3Store, list[None]]:
    """Return a bucket that answers each request with an error, and a list of its requests."""
    asked: list[None] = []

    def answer(request: Any, **_: Any) -> AWSResponse:
        if request.method == "HEAD":  # the client looks for the region of the bucket
            return AWSResponse(request.url, 404, HTTPHeaders(), HTTPResponse(io.BytesIO()))
        asked.append(None)
        body = f"<Error><Code>{code}</Code><Message>No.</Message></Error>".encode()
        raw = HTTPResponse(io.BytesIO(body), preload_content=False, status=status)
        headers = HTTPHeaders.from_dict({"content-type": "application/xml"})
        return AWSResponse(request.url, status, headers, raw)

    client = s3_client("http://127.0.0.1:9")
    for event in ("PutObject", "HeadBucket"):
        client.meta.events.register(f"before-send.s3.{event}", answer)
    return S3Store("lakes", client=client), asked


@pytest.mark.parametrize("code", S3_REFUSED)
def test_what_s3_refuses_for_good_is_asked_once(code: str) -> None:
    """One request, one sentence with the code and the next step."""
    store, asked = bucket(403, code)
    tried, error = tries_of(store)
    assert (tried, len(asked), type(error)) == (1, 1, StoreRefused)
    assert S3_REFUSED[code] in str(error)
    assert code in str(error)
    assert ".." not in str(error)
    assert "s3://lakes/a/b" in str(error)


@pytest.mark.parametrize("code", S3_RETRIED)
def test_what_s3_may_get_over_is_tried_again(code: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The step three times, each of its requests as often as the client does."""
    monkeypatch.setattr("botocore.retries.standard.ExponentialBackoff.delay_amount", lambda *_: 0)
    store, asked = bucket(int(code) if code.isdigit() else STATUS.get(code, 503), code)
    tried, error = tries_of(store)
    assert (tried, type(error)) == (TRIES, StoreUnavailable)
    assert len(asked) > TRIES


def test_a_connection_that_is_reset_is_tried_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """As is one that is refused."""
    monkeypatch.setattr("botocore.retries.standard.ExponentialBackoff.delay_amount", lambda *_: 0)
    with socket.create_server(("127.0.0.1", 0)) as server:
        address = f"http://127.0.0.1:{server.getsockname()[1]}"
        threading.Thread(target=_reset_all, args=(server,), daemon=True).start()
        assert tries_of(S3Store("lakes", client=s3_client(address)))[0] == TRIES
    assert tries_of(S3Store("lakes", client=s3_client(address)))[0] == TRIES


def _reset_all(server: socket.socket) -> None:
    while True:
        try:
            caller, _ = server.accept()
        except OSError:
            return
        with caller:  # without lingering, a close is a reset
            caller.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


Change = Callable[[pytest.MonkeyPatch, Path], None]


def no_credentials(patch: pytest.MonkeyPatch, _: Path) -> None:
    """Neither variables nor a file nor a machine give any."""
    patch.delenv("AWS_ACCESS_KEY_ID")


def half_of_them(patch: pytest.MonkeyPatch, _: Path) -> None:
    """A key without its secret."""
    patch.delenv("AWS_SECRET_ACCESS_KEY")


def unknown_profile(patch: pytest.MonkeyPatch, _: Path) -> None:
    """A name that no file has."""
    patch.setenv("AWS_PROFILE", "nobody")


def damaged_file(patch: pytest.MonkeyPatch, folder: Path) -> None:
    """A file of settings that is none."""
    (folder / "config").write_text("region = [")
    patch.setenv("AWS_CONFIG_FILE", str(folder / "config"))


def odd_endpoint(patch: pytest.MonkeyPatch, _: Path) -> None:
    """An address without a scheme."""
    patch.setenv("AWS_ENDPOINT_URL", "not an address")


@pytest.mark.parametrize(
    "change", [no_credentials, half_of_them, unknown_profile, damaged_file, odd_endpoint]
)
def test_wrong_settings_of_aws_are_a_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, change: Change
) -> None:
    """No request is made; the next step names what to set."""
    for name in ("AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"):
        monkeypatch.setenv(name, str(tmp_path / "none"))
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    monkeypatch.setenv("AWS_REGION", "us-east-1")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "somebody")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    monkeypatch.delenv("AWS_PROFILE", raising=False)
    change(monkeypatch, tmp_path)
    with pytest.raises(StoreRefused, match=r"s3://lakes/a.* AWS_"):
        S3Store("lakes", "a").get("b")


def test_an_error_of_a_store_can_be_sent_to_another_process() -> None:
    """The workers of a cluster send theirs."""
    error = StoreRefused("s3://lakes/a", "AccessDenied", "Give it.")
    assert str(pickle.loads(pickle.dumps(error))) == str(error)  # noqa: S301 (made here)


def test_the_document_lists_every_error() -> None:
    """The page for the person on call has what the tables have."""
    text = DOCUMENT.read_text()
    numbers = [errno.errorcode[one] for one in (*FOLDER_REFUSED, *FOLDER_RETRIED)]
    codes = [one for one in (*S3_REFUSED, *S3_RETRIED) if not one.isdigit()]
    assert [one for one in (*numbers, *codes, *CLIENT_REFUSED) if f"`{one}`" not in text] == []
    assert [one for one in CLIENT_REFUSED if not hasattr(botocore.exceptions, one)] == []
