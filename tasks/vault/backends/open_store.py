"""Which store a lake's address means."""

import os
import re
from pathlib import Path
from typing import Final

from schemas.errors import WrongUse
from schemas.redaction import redacted
from tasks.vault.backends.folder_store import FolderStore
from tasks.vault.backends.memory_store import MemoryStore
from tasks.vault.backends.store import Store

_IN_MEMORY: dict[str, MemoryStore] = {}
NEARLY_S3: Final = re.compile(r"\s*s3(?::|//)[:/\\]*(?P<rest>.*?)\s*", re.IGNORECASE)
NEARLY_A_URL: Final = re.compile(
    r"\s*([a-z][a-z0-9+.-]+:[/\\]|(file|https?|ftp|gs|gcs|az|abfss?|hdfs):).*", re.IGNORECASE
)


def open_store(uri: str) -> Store:
    """Return the store at `uri`: a folder's path, s3://bucket/prefix or memory:NAME (in process).

    Raises WrongUse for any other scheme, and for what looks like one: a folder of that name is not
    made by mistake.

    >>> open_store("memory:example") is open_store("memory:example")
    True
    """
    if uri.startswith("s3://"):
        from tasks.vault.backends.s3_store import S3Store  # noqa: PLC0415 (boto3 costs a reader of folders 0.3 s)

        bucket, _, prefix = uri.removeprefix("s3://").partition("/")
        if "@" in bucket or "?" in uri:
            raise WrongUse(
                f"'{redacted(uri)}' with a user or a query is no place for a lake; expected "
                f"s3://bucket/prefix. Credentials and endpoint are set by AWS's own variables."
            )
        if not bucket:
            raise WrongUse(f"'{uri}' names no bucket; expected s3://bucket/prefix.")
        return S3Store(bucket, prefix)
    if uri.startswith("memory:"):
        return _IN_MEMORY.setdefault(uri, MemoryStore(uri))
    return FolderStore(_folder(uri))


def _folder(uri: str) -> Path:
    """Return the folder that an address means. Raises WrongUse where it is no path."""
    expected, asked = "expected a folder or s3://bucket/prefix", redacted(uri)
    if not uri.strip() or "\0" in uri:
        raise WrongUse(f"'{asked}' is no place for a lake; {expected}.")
    if uri.startswith("file:///"):
        return Path(uri.removeprefix("file://"))
    if nearly := NEARLY_S3.fullmatch(uri):
        meant = redacted(f"s3://{nearly['rest'] or 'bucket/prefix'}")
        raise WrongUse(
            f"'{asked}' is no place for a lake; did you mean {meant}? {_as_folder(asked)}"
        )
    if NEARLY_A_URL.fullmatch(uri):
        hint = "An S3-compatible server is set by AWS_ENDPOINT_URL."
        raise WrongUse(f"'{asked}' is no place for a lake; {expected}. {hint} {_as_folder(asked)}")
    if uri.startswith("~"):
        meant = os.path.expanduser(uri)  # noqa: PTH111 (no error where there is no home)
        raise WrongUse(
            f"'{asked}' is no place for a lake: only a shell replaces '~'; did you mean {meant}?"
        )
    return Path(uri)


def _as_folder(uri: str) -> str:
    return f"For a folder of that name give ./{uri.strip()}"
