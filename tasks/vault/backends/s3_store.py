"""A store in an S3 bucket, or in any server that speaks S3: the only module that knows boto3.

Promises: creating and replacing are conditional requests (If-None-Match, If-Match), so of several
writers exactly one succeeds, without a lock and without a second service. Region, endpoint and
credentials come from the standard AWS environment and configuration. A request that timed out and
was retried may report "already there" for its own write: who needs to know, puts something unique
into the body and reads it back.
"""

import os
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from boto3.session import Session
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError, ParamValidationError

from schemas.errors import WrongUse
from schemas.redaction import redacted
from schemas.store_errors import StoreRefused, UnfitStore
from tasks.vault.backends.object_headers import object_headers
from tasks.vault.backends.store import Blob, Store
from tasks.vault.backends.store_faults import SERVER, s3_error

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

CONFIG = Config(
    retries={"mode": "standard", "total_max_attempts": 6},
    connect_timeout=5,
    read_timeout=60,
    max_pool_connections=16,
    request_checksum_calculation="when_required",
    response_checksum_validation="when_required",
)
"""Six tries with back-off; a put that gets no answer for a minute is tried again.

Checksums only where the protocol requires them: else boto3 sends an upload over TLS in frames
(`aws-chunked`), which some servers refuse and others store as they come.
"""

LOST = frozenset({"PreconditionFailed", "NoSuchKey"})
"""The object is there, has another tag, or is gone: the condition does not hold."""
CONFLICT, CONFLICT_TRIES = "ConditionalRequestConflict", 8
"""Two conditional puts of one key overlapped (status 409): the same put is sent again."""


def _client() -> "S3Client":
    """Return a client with the credentials and the endpoint that AWS's variables set now."""
    variables = (one for one in os.environ.items() if one[0].startswith("AWS_"))
    session = _session(tuple(sorted(variables)))
    # the stubs of boto3 leave all services but S3 unknown
    return session.client("s3", config=CONFIG)  # pyright: ignore[reportUnknownMemberType]


@lru_cache(maxsize=4)
def _session(_variables: tuple[tuple[str, str], ...]) -> Session:
    """Return one session for each state of AWS's variables.

    A session keeps the first credentials that it finds. boto3's default one would keep them for as
    long as the process lives.
    """
    return Session()


class S3Store(Store):
    """Objects below `prefix` in `bucket`."""

    at_once = 8

    def __init__(self, bucket: str, prefix: str = "", client: "S3Client | None" = None) -> None:
        self._bucket = bucket
        self._prefix = f"{prefix.strip('/')}/" if prefix.strip("/") else ""
        self.uri = f"s3://{bucket}/{self._prefix}".rstrip("/")
        self._client = client or self._opened()
        self._is_proved = False

    def _opened(self) -> "S3Client":
        with self._translated_errors(""):
            try:
                return _client()
            except ValueError as error:  # an address that is none
                raise StoreRefused(self.uri, redacted(str(error)), SERVER) from None

    def get(self, key: str) -> Blob | None:
        with self._translated_errors(key):
            try:
                answer = self._client.get_object(Bucket=self._bucket, Key=self._prefix + key)
            except ClientError as error:
                if _code(error) == "NoSuchKey":
                    return None
                raise
            return Blob(answer["Body"].read(), answer["ETag"])

    def put_if_absent(self, key: str, body: bytes) -> bool:
        return self._put(key, body, IfNoneMatch="*")

    def put_if_match(self, key: str, body: bytes, etag: str | None) -> bool:
        return self._put(key, body, IfMatch=etag) if etag else self.put_if_absent(key, body)

    def list(self, prefix: str, *, after: str = "") -> Iterator[str]:
        return (key for key, _ in self._listed(prefix, after))

    def sizes(self, prefix: str) -> Iterator[tuple[str, int]]:
        return self._listed(prefix, "")

    def _listed(self, prefix: str, after: str) -> Iterator[tuple[str, int]]:
        pages = self._client.get_paginator("list_objects_v2").paginate(
            Bucket=self._bucket, Prefix=self._prefix + prefix, StartAfter=self._prefix + after
        )
        with self._translated_errors(prefix):
            for page in pages:
                for listed in page.get("Contents", []):
                    if (key := listed.get("Key", "")[len(self._prefix) :]) > after:
                        yield key, listed.get("Size", 0)

    def delete(self, key: str) -> None:
        with self._translated_errors(key):
            self._client.delete_object(Bucket=self._bucket, Key=self._prefix + key)

    def written_at(self, key: str) -> datetime | None:
        with self._translated_errors(key):
            try:
                answer = self._client.head_object(Bucket=self._bucket, Key=self._prefix + key)
            except ClientError as error:
                if _code(error) in {"404", "NoSuchKey"}:
                    return None
                raise
            return answer["LastModified"].astimezone(UTC)

    def _put(self, key: str, body: bytes, **condition: Any) -> bool:
        how: dict[str, Any] = {**object_headers(key), **condition}
        with self._translated_errors(key):
            for attempt in range(CONFLICT_TRIES):
                try:
                    answer = self._client.put_object(
                        Bucket=self._bucket, Key=self._prefix + key, Body=body, **how
                    )
                except ClientError as error:
                    if _code(error) in LOST:
                        return False
                    if _code(error) != CONFLICT or attempt == CONFLICT_TRIES - 1:
                        raise
                else:
                    if not self._is_proved:
                        self._prove(key, body, answer["ETag"])
                    return True
        raise AssertionError  # the loop returns or raises

    def _prove(self, key: str, body: bytes, etag: str) -> None:
        """Read the first object back that this process wrote; a server may store other bytes.

        Raises UnfitStore. An object that somebody else replaced meanwhile proves nothing.
        """
        there = self.get(key)
        if there is None or there.etag != etag:
            return
        if there.body != body:
            seen = f"{len(body):,} bytes were written, {len(there.body):,} others were read back"
            raise UnfitStore(f"{self.uri}/{key}", seen)
        self._is_proved = True

    @contextmanager
    def _translated_errors(self, key: str) -> Generator[None]:
        try:
            yield
        except (BotoCoreError, ClientError) as error:
            code = _code(error) if isinstance(error, ClientError) else ""
            if code == "NoSuchBucket":
                raise WrongUse(
                    f"{self.uri}: there is no bucket '{self._bucket}' on this server. Make it, "
                    f"correct the lake's address, or set AWS_ENDPOINT_URL to another server."
                ) from error
            if isinstance(error, ParamValidationError) and "bucket name" in str(error):
                raise WrongUse(
                    f"'{self._bucket}' is no name of a bucket; expected 1 to 255 letters, digits, "
                    f"'.', '-' or '_' after s3://, and a slash before the prefix."
                ) from error
            shown = redacted(str(error))  # it has the endpoint's address
            cause, seen = error if shown == str(error) else None, shown.rstrip(". ")
            where, named = f"{self.uri}/{key}".rstrip("/"), type(error).__name__
            raise s3_error(where, seen, code=code, name=named) from cause


def _code(error: ClientError) -> str:
    return str(error.response.get("Error", {}).get("Code", ""))
