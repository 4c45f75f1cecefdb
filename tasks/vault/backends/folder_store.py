"""A store in a local folder.

Promises: an object appears whole or not at all, also after a power cut: it is flushed to disk
beside its place, then linked (create) or renamed (replace). Replacing holds a lock on the whole
folder while it compares the tag; the operating system drops it when a process dies. What can be
made again is renamed without a lock, and flushed with all others at once.
"""

import fcntl
import os
import re
import uuid
from collections.abc import Generator, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path

from tasks.vault.backends.store import Blob, Store
from tasks.vault.backends.store_faults import folder_error

TEMPORARY = re.compile(r"\..+\.[0-9a-f]{32}")
"""The name of a file whose writer has not ended yet, or was killed."""


class FolderStore(Store):
    """Objects as files below `root`, which is made by the first write."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self.uri = str(root)

    def get(self, key: str) -> Blob | None:
        with self._translated_errors(key):
            try:
                with self._path(key).open("rb") as file:
                    tag = _tag(os.fstat(file.fileno()))
                    return Blob(file.read(), tag)
            except (FileNotFoundError, NotADirectoryError):
                return None

    def put_if_absent(self, key: str, body: bytes) -> bool:
        with self._translated_errors(key):
            path = self._path(key)
            if path.exists():
                return False
            with self._written_beside(path, body) as temporary:
                try:
                    os.link(temporary, path)
                except FileExistsError:
                    return False
                _flush_folder(path.parent)
                return True

    def put_if_match(self, key: str, body: bytes, etag: str | None) -> bool:
        with self._translated_errors(key):
            path = self._path(key)
            lock = self._root / ".lock"
            with self._written_beside(path, body) as temporary, lock.open("ab") as locked:
                fcntl.flock(locked, fcntl.LOCK_EX)
                here = _tag(path.stat()) if path.exists() else None
                if here != etag:
                    return False
                temporary.replace(path)
                _flush_folder(path.parent)
                return True

    def put_derived(self, key: str, body: bytes) -> bool:
        with self._translated_errors(key):
            path = self._path(key)
            with suppress(FileNotFoundError, NotADirectoryError):
                if path.read_bytes() == body:
                    return False
            with self._written_beside(path, body, is_flushed=False) as temporary:
                temporary.replace(path)
            return True

    def flush(self) -> None:
        os.sync()

    def list(self, prefix: str, *, after: str = "") -> Iterator[str]:
        folder, _, name = prefix.rpartition("/")
        with self._translated_errors(prefix):
            keys = _keys(self._path(folder), f"{folder}/" if folder else "", name)
            yield from (key for key in keys if key > after)

    def sizes(self, prefix: str) -> Iterator[tuple[str, int]]:
        with self._translated_errors(prefix):
            for key in self.list(prefix):
                with suppress(FileNotFoundError):  # removed meanwhile
                    yield key, self._path(key).stat().st_size

    def delete(self, key: str) -> None:
        with self._translated_errors(key):
            self._path(key).unlink(missing_ok=True)

    def written_at(self, key: str) -> datetime | None:
        with self._translated_errors(key):
            try:
                return datetime.fromtimestamp(self._path(key).stat().st_mtime, tz=UTC)
            except (FileNotFoundError, NotADirectoryError):
                return None

    def unfinished(self) -> Iterator[str]:
        with self._translated_errors(""):
            for folder, _, names in os.walk(self._root):
                for name in filter(TEMPORARY.fullmatch, names):
                    yield str(Path(folder, name).relative_to(self._root))

    def _path(self, key: str) -> Path:
        return self._root.joinpath(*key.split("/"))

    @contextmanager
    def _translated_errors(self, key: str) -> Generator[None]:
        try:
            yield
        except OSError as error:
            raise folder_error(f"{self._root}/{key}", error) from error

    @contextmanager
    def _written_beside(
        self, path: Path, body: bytes, *, is_flushed: bool = True
    ) -> Generator[Path]:
        path.parent.mkdir(parents=True, exist_ok=True)
        temporary = path.parent / f".{path.name}.{uuid.uuid4().hex}"
        try:
            with temporary.open("xb") as file:
                file.write(body)
                if is_flushed:
                    file.flush()
                    os.fsync(file.fileno())
            yield temporary
        finally:
            temporary.unlink(missing_ok=True)


def _keys(folder: Path, below: str, beginning: str) -> Iterator[str]:
    """Yield the keys of a folder's files, sorted; a sub-folder is read when its turn comes."""
    try:
        with os.scandir(folder) as entries:
            found = [
                f"{one.name}/" if one.is_dir(follow_symlinks=False) else one.name
                for one in entries
                if one.is_dir(follow_symlinks=False) or one.is_file()
            ]
    except (FileNotFoundError, NotADirectoryError):
        return
    for name in sorted(found):
        if not name.startswith(beginning):
            continue
        if name.endswith("/"):
            yield from _keys(folder / name, below + name, "")
        elif not name.startswith("."):
            yield below + name


def _tag(status: os.stat_result) -> str:
    return f"{status.st_ino}-{status.st_mtime_ns}-{status.st_size}"


def _flush_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
