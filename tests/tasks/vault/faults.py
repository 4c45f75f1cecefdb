"""Stores and disks that fail on purpose: at a call that is counted, before or after its effect."""

import io
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from tasks.vault.backends.memory_store import MemoryStore
from tasks.vault.backends.store import Blob, Store

WRITES = frozenset({"put_if_absent", "put_if_match", "delete"})


class Killed(BaseException):
    """The process ended here: no handler of errors may see this."""


@dataclass(frozen=True, slots=True)
class Call:
    """One call of a store: its number from 1, method and key; `is_done` once it took effect."""

    number: int
    method: str
    key: str
    is_done: bool


class Disturbed(Store):
    """A store that shows `disturb` every call, before and after it takes effect."""

    def __init__(self, store: Store, disturb: Callable[[Call], None]) -> None:
        self._store, self._disturb = store, disturb
        self.calls: list[Call] = []
        self.uri = store.uri

    @property
    def writes(self) -> int:
        """How many calls that change something took effect."""
        return sum(call.is_done and call.method in WRITES for call in self.calls)

    def get(self, key: str) -> Blob | None:
        """Return the object, or None when there is none."""
        return self._shown("get", key, lambda: self._store.get(key))

    def put_if_absent(self, key: str, body: bytes) -> bool:
        """Create the object; return False when it is there already."""
        return self._shown("put_if_absent", key, lambda: self._store.put_if_absent(key, body))

    def put_if_match(self, key: str, body: bytes, etag: str | None) -> bool:
        """Replace the object whose tag is `etag`; return False when it is not."""
        return self._shown("put_if_match", key, lambda: self._store.put_if_match(key, body, etag))

    def list(self, prefix: str, *, after: str = "") -> Iterator[str]:
        """Yield the keys that begin with `prefix` and come behind `after`, sorted."""
        return iter(self._shown("list", prefix, lambda: [*self._store.list(prefix, after=after)]))

    def sizes(self, prefix: str) -> Iterator[tuple[str, int]]:
        """Yield the keys that begin with `prefix`, sorted, each with its size."""
        return iter(self._shown("list", prefix, lambda: [*self._store.sizes(prefix)]))

    def delete(self, key: str) -> None:
        """Remove the object."""
        self._shown("delete", key, lambda: self._store.delete(key))

    def written_at(self, key: str) -> datetime | None:
        """Return when the object was written."""
        return self._shown("written_at", key, lambda: self._store.written_at(key))

    def _shown(self, method: str, key: str, effect: Callable[[], Any]) -> Any:
        number = 1 + sum(not call.is_done for call in self.calls)
        self._show(Call(number, method, key, is_done=False))
        answer = effect()
        self._show(Call(number, method, key, is_done=True))
        return answer

    def _show(self, call: Call) -> None:
        self.calls.append(call)
        self._disturb(call)


def kill_at(number: int, *, is_done: bool) -> Callable[[Call], None]:
    """Return what ends the process at one call, before or after it takes effect."""

    def disturb(call: Call) -> None:
        if (call.number, call.is_done) == (number, is_done):
            raise Killed(call)

    return disturb


def left_alone(_: Call) -> None:
    """Disturb nothing."""


def copied(store: Store, into: Store | None = None) -> Store:
    """Return a store (in memory by default) with the same objects."""
    copy = into or MemoryStore()
    for key in store.list(""):
        blob = store.get(key)
        assert blob is not None
        copy.put_if_absent(key, blob.body)
    return copy


def _is_write(arguments: tuple[Any, ...], options: dict[str, Any]) -> bool:
    mode = options.get("mode", arguments[1] if len(arguments) > 1 else "r")
    return any(letter in mode for letter in "xwa+")


@contextmanager
def disk(root: Path, act: Callable[[str, str], None]) -> Iterator[None]:
    """Show `act` every change of files below `root` (its kind and path) before it is made."""

    def before(kind: str, real: Callable[..., Any]) -> Callable[..., Any]:
        def call(*arguments: Any, **options: Any) -> Any:
            place = arguments[0]
            path = (
                str(Path(f"/proc/self/fd/{place}").readlink())
                if isinstance(place, int)
                else str(place)
            )
            is_change = kind != "open" or _is_write(arguments, options)
            if is_change and path.startswith(str(root)):
                act(kind, path)
            return real(*arguments, **options)

        return call

    with pytest.MonkeyPatch.context() as patch:
        for module, name in (
            (io, "open"),
            (os, "mkdir"),
            (os, "fsync"),
            (os, "link"),
            (os, "replace"),
            (os, "unlink"),
        ):
            patch.setattr(module, name, before(name, getattr(module, name)))
        yield
