"""The commit log: numbered JSON documents, appended by create-if-absent, never changed.

Promises: of several writers of number n exactly one succeeds; an entry is seen whole or not at all;
numbers have no gaps, but for old entries that a garbage collection has dropped. `hint.json` says
where to start looking; it may lag, and where it is lost the folder is listed.
"""

import json
from collections.abc import Iterator, Mapping
from typing import Any

from schemas.errors import Damaged
from tasks.vault.backends.store import Blob, Store

Document = Mapping[str, Any]


def encode(document: Document) -> bytes:
    """Return the canonical bytes of a JSON document: sorted keys, no spaces, UTF-8.

    >>> encode({"b": 1, "a": None})
    b'{"a":null,"b":1}'
    """
    text = json.dumps(document, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return text.encode()


class Log:
    """One append-only log in a folder of a store. Numbers start at 1; 0 is the empty log.

    >>> from tasks.vault.backends.memory_store import MemoryStore
    >>> log = Log(MemoryStore())
    >>> log.append(1, {"said": "hello"}), log.append(1, {"said": "too late"}), log.length()
    (True, False, 1)
    """

    def __init__(self, store: Store) -> None:
        self._store = store
        self._hint: Blob | None = None
        self._has_moved = False

    @staticmethod
    def name(number: int) -> str:
        """Return the object name of an entry."""
        return f"log/{number:012d}.json"

    def length(self) -> int:
        """Return the number of the newest entry, 0 for an empty log."""
        number = self._hinted()
        return max((number, *(newer for newer, _ in self.entries(number))))

    def newest(self) -> tuple[int, Document | None]:
        """Return number and document of the newest entry; (0, None) for an empty log."""
        number = self._hinted()
        newer = [*self.entries(number)]
        return newer[-1] if newer else (number, self.read(number) if number else None)

    def read(self, number: int) -> Document:
        """Return one entry. Raises Damaged when it is gone."""
        blob = self._store.get(self.name(number))
        if blob is None:
            where = f"{self._store.uri}/{self.name(number)}"
            raise Damaged(where, "no object", "an entry of the log")
        return json.loads(blob.body)

    def entries(self, after: int = 0) -> Iterator[tuple[int, Document]]:
        """Yield number and document of every entry behind `after`, oldest first."""
        number = after
        while (blob := self._store.get(self.name(number + 1))) is not None:
            number += 1
            yield number, json.loads(blob.body)

    def present(self) -> Iterator[tuple[int, Document]]:
        """Yield number and document of every entry that is there; old ones may be gone."""
        for number in map(self._number, self._store.list("log/")):
            yield number, self.read(number)

    def mend_hint(self) -> bool:
        """Let the hint point to the newest entry; return whether it did not."""
        number = self.length()
        seen = self._seen()
        self._advance_hint(number)
        return seen < number

    def append(self, number: int, document: Document) -> bool:
        """Append entry `number`; return False, and change nothing, when it is taken."""
        if not self._store.put_if_absent(self.name(number), encode(document)):
            return False
        self._advance_hint(number)
        return True

    def _hinted(self) -> int:
        self._read_hint()
        if self._hint is not None:
            return self._seen()
        return max(map(self._number, self._store.list("log/")), default=0)

    def _seen(self) -> int:
        return int(json.loads(self._hint.body)["number"]) if self._hint else 0

    @staticmethod
    def _number(name: str) -> int:
        return int(name.removeprefix("log/").removesuffix(".json"))

    def _read_hint(self) -> None:
        self._hint, self._has_moved = self._store.get("hint.json"), False

    def _advance_hint(self, number: int) -> None:
        if self._has_moved:
            self._read_hint()
        if self._seen() < number:
            tag = self._hint.etag if self._hint else None
            self._store.put_if_match("hint.json", encode({"number": number}), tag)
            self._has_moved = True
