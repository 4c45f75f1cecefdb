"""Which store a lake's address means."""

from pathlib import Path

from schemas.errors import WrongUse
from tasks.vault.backends.folder_store import FolderStore
from tasks.vault.backends.memory_store import MemoryStore
from tasks.vault.backends.store import Store

_IN_MEMORY: dict[str, MemoryStore] = {}


def open_store(uri: str) -> Store:
    """
    Return the store at `uri`: a folder's path, s3://bucket/prefix, or memory:NAME (this process).

    Raises WrongUse for any other scheme.

    >>> open_store("memory:example") is open_store("memory:example")
    True
    """
    if uri.startswith("s3://"):
        from tasks.vault.backends.s3_store import S3Store  # noqa: PLC0415 (boto3 costs a reader of folders 0.3 s)

        bucket, _, prefix = uri.removeprefix("s3://").partition("/")
        if not bucket:
            raise WrongUse(f"'{uri}' names no bucket; expected s3://bucket/prefix.")
        return S3Store(bucket, prefix)
    if uri.startswith("memory:"):
        return _IN_MEMORY.setdefault(uri, MemoryStore(uri))
    if "://" in uri and not uri.startswith("file://"):
        raise WrongUse(f"'{uri}' is no place for a lake; expected a folder or s3://bucket/prefix.")
    return FolderStore(Path(uri.removeprefix("file://")))
