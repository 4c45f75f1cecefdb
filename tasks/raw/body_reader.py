"""Bodies of the raw archive, read from their objects, whole ones and patches.

Promises: what is returned has the sha256 that was asked for. A base that is missing or damaged, or
patches that lead back to themselves, are a Damaged that names the object.
"""

import hashlib
from collections import OrderedDict
from collections.abc import Iterable, Iterator
from itertools import chain
from typing import Final

from schemas.errors import Damaged
from tasks.raw.body_object import Base, BodyObject, base_place, opened, restored
from tasks.vault.backends.store import Store

REMEMBERED: Final = 64 << 20
"""Bytes of restored bodies that a reader remembers at most, beside the last one."""


def body_key(sha256: str) -> str:
    """Return the object name of a body.

    >>> body_key("1a2b3c")
    'raw/bodies/1a/1a2b3c.zst'
    """
    return f"raw/bodies/{sha256[:2]}/{sha256}.zst"


def archived_body(store: Store, sha256: str) -> bytes:
    """Return the bytes with this sha256. Raises Damaged when they are gone or are others."""
    return BodyReader(store).read(sha256)


class BodyReader:
    """Reads bodies during one run, and remembers the last ones, which are bases of the next."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._known: OrderedDict[str, tuple[BodyObject, bytes]] = OrderedDict()

    def read(self, sha256: str) -> bytes:
        """Return the bytes with this sha256. Raises Damaged when they are gone or are others."""
        return self._proved(sha256, self._restored(self._objects(sha256)))

    def base_after(self, sha256: str, size: int) -> Base | None:
        """Return the base of a body of that size [bytes] after this one; None: it is to be whole.

        Raises Damaged.
        """
        objects = self._objects(sha256)
        before = next(objects)
        place = before.place + 1
        wanted = base_place(place, size)
        if wanted is None:
            return None
        base = next(one for one in chain([before], objects) if one.place <= wanted)
        content = self._restored(chain([base], objects))
        if base.base is None:  # zstd's checksum has proved a patched one
            self._proved(base.sha256, content)
        return Base(base.sha256, content, place)

    def remember(self, one: BodyObject, content: bytes) -> None:
        """Remember a body that was restored or archived; forget the ones used longest ago."""
        self._known[one.sha256] = one, content
        self._known.move_to_end(one.sha256)
        while len(self._known) > 1 and self._size() > REMEMBERED:
            self._known.popitem(last=False)

    def _size(self) -> int:
        return sum(len(content) for _, content in self._known.values())

    def _objects(self, sha256: str) -> Iterator[BodyObject]:
        """Yield the objects that a body is restored from: its own first, the whole one last."""
        seen: set[str] = set()
        name: str | None = sha256
        while name is not None:
            if name in seen:
                raise Damaged(self._where(name), "a patch to itself", "a patch to another body")
            seen.add(name)
            one = self._known[name][0] if name in self._known else self._read_object(name)
            yield one
            name = one.base

    def _read_object(self, sha256: str) -> BodyObject:
        blob = self._store.get(body_key(sha256))
        if blob is None:
            raise Damaged(self._where(sha256), "no object", "a body of a fetch, or a base of one")
        try:
            return opened(sha256, blob.body)
        except ValueError as error:
            raise Damaged(self._where(sha256), str(error), f"bytes of {sha256}") from error

    def _restored(self, objects: Iterable[BodyObject]) -> bytes:
        """Return the body of the first object; the others are the bases, one after another."""
        needed: list[BodyObject] = []
        content: bytes | None = None
        for one in objects:
            if one.sha256 in self._known:
                content = self._known[one.sha256][1]
                break
            needed.append(one)
        for one in reversed(needed):
            content = self._decoded(one, content)
            self.remember(one, content)
        assert content is not None
        return content

    def _decoded(self, one: BodyObject, base: bytes | None) -> bytes:
        """Return a body. The bytes of a patch are proved, so that its base is to blame for it."""
        try:
            return restored(one, base)
        except ValueError as error:
            name = one.base or one.sha256
            raise Damaged(self._where(name), str(error), f"bytes of {name}") from error

    def _proved(self, sha256: str, content: bytes) -> bytes:
        found = hashlib.sha256(content).hexdigest()
        if found != sha256:
            raise Damaged(self._where(sha256), f"bytes of {found}", f"bytes of {sha256}")
        return content

    def _where(self, sha256: str) -> str:
        return f"{self._store.uri}/{body_key(sha256)}"
