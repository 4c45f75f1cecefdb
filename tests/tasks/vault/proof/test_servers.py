"""What servers of object storage do: errors, and puts that were done but answered with one."""

import io
import uuid
from collections.abc import Callable
from typing import Any

import pytest
from botocore.awsrequest import AWSResponse
from botocore.compat import HTTPHeaders
from urllib3 import HTTPResponse

from schemas.errors import StoreError
from tasks.vault.backends.s3_store import S3Store
from tasks.vault.vault_reader import VaultReader
from tests.tasks.vault.conftest import s3_client
from tests.tasks.vault.faults import copied
from tests.tasks.vault.proof.operations import OPERATIONS, check_rerun, course, picture
from tests.thorough import one_in


def answers(status: int, code: str, times: int) -> Callable[..., AWSResponse | None]:
    """Return what answers the first requests with an error, as a server does."""
    left = [times]

    def answer(request: Any, **_: Any) -> AWSResponse | None:
        if not left[0]:
            return None
        left[0] -= 1
        body = f"<Error><Code>{code}</Code><Message>no</Message></Error>".encode()
        raw = HTTPResponse(io.BytesIO(body), preload_content=False, status=status)
        return AWSResponse(request.url, status, HTTPHeaders(), raw)

    return answer


ERRORS = [(500, "InternalError"), (503, "SlowDown"), (409, "ConditionalRequestConflict")]


@pytest.mark.parametrize(("status", "code"), ERRORS)
def test_a_server_that_stumbles_is_asked_again(status: int, code: str, moto: Any) -> None:
    """Some errors of the server are not even seen."""
    client = s3_client(moto.meta.endpoint_url)
    for event in ("PutObject", "GetObject"):
        if event == "PutObject" or status != 409:
            client.meta.events.register(f"before-send.s3.{event}", answers(status, code, 1))
    lake = S3Store("lakes", uuid.uuid4().hex, client=client)
    OPERATIONS["first ingest"].run(lake)
    assert picture(copied(lake)) == course("first ingest").new


@pytest.mark.parametrize(("status", "code"), one_in(3, [*ERRORS, (403, "AccessDenied")]))
def test_a_server_that_stays_down_is_reported(
    status: int, code: str, moto: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After some tries a sentence names place and answer; when it is up again, a rerun works."""
    monkeypatch.setattr("botocore.retries.standard.ExponentialBackoff.delay_amount", lambda *_: 0)
    client, prefix = s3_client(moto.meta.endpoint_url), uuid.uuid4().hex
    lake = S3Store("lakes", prefix, client=client)
    copied(course("newest").begin, S3Store("lakes", prefix, client=moto))
    client.meta.events.register("before-send.s3.PutObject", answers(status, code, 1000))
    with pytest.raises(StoreError, match=rf"s3://lakes/{prefix}/s/_vault/.*{code}"):
        OPERATIONS["newest"].run(lake)
    assert picture(copied(lake)) == course("newest").old
    check_rerun("newest", S3Store("lakes", prefix, client=moto))


@pytest.mark.parametrize("name", one_in(3, ["newest", "first ingest", "backfill"]))
def test_a_put_that_was_done_and_answered_with_an_error(name: str, moto: Any) -> None:
    """The client tries again and hears 'already there' of its own object: it counts as done."""
    client = s3_client(moto.meta.endpoint_url)
    doubled: list[str] = []

    def send_first(request: Any, **_: Any) -> AWSResponse | None:
        if request.url in doubled:
            return None
        doubled.append(request.url)
        answer = answers(500, "InternalError", 1)
        client._endpoint.http_session.send(request)
        return answer(request)

    lake = S3Store("lakes", uuid.uuid4().hex, client=client)
    copied(course(name).begin, S3Store("lakes", lake._prefix, client=moto))
    client.meta.events.register("before-send.s3.PutObject", send_first)
    OPERATIONS[name].run(lake)
    assert any("_vault/log/" in url for url in doubled)
    end = copied(lake)
    assert picture(end) == course(name).new
    assert (
        VaultReader(end, "s").log.length() == VaultReader(course(name).begin, "s").log.length() + 1
    )
    check_rerun(name, lake)
