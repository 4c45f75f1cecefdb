"""The commit log: numbered JSON documents, appended by create-if-absent, never changed.

Promises: of several writers of number n exactly one succeeds, and a writer whose PUT was done and
reported as failed recognises its entry; an entry is seen whole or not at all, and carries its own
hash; numbers have no gaps, but for old entries that a garbage collection has dropped. `hint.json`
says where to start looking; it may lag, and where it is lost or torn the folder is listed.
"""

import hashlib
from collections.abc import Iterator, Sequence

from schemas.errors import Damaged
from tasks.vault.backends.store import Blob, Store
from tasks.vault.own_hash import Document, encode, parsed, with_hash


class Log:
    """One append-only log in a folder of a store. Numbers start at 1; 0 is the empty log.

    >>> from tasks.vault.backends.memory_store import MemoryStore
    >>> log = Log(MemoryStore())
    >>> bool(log.append(1, {"said": "hello"})), log.append(1, {"said": "too late"}), log.length()
    (True, None, 1)
    """

    def __init__(self, store: Store) -> None:
        self._store = store
        self._hint: Blob | None = None
        self._is_stale = True

    @staticmethod
    def name(number: int) -> str:
        """Return the object name of an entry."""
        return f"log/{number:012d}.json"

    def length(self) -> int:
        """Return the number of the newest entry, 0 for an empty log."""
        number = self._hinted()
        return max((number, *(newer for newer, _ in self.entries(number))))

    def newest(self, *, as_hinted: bool = False) -> tuple[int, Document | None]:
        """Return number and document of the newest entry; (0, None) for an empty log.

        `as_hinted`: of the one that the hint names, which may lag; that saves a request.
        """
        number = self._hinted()
        newer = [] if as_hinted and number else [*self.entries(number)]
        return newer[-1] if newer else (number, self.read(number) if number else None)

    def read(self, number: int) -> Document:
        """Return one entry. Raises Damaged when it is gone or not what its hash says."""
        document = self._entry(number)
        if document is None:
            raise Damaged(self._where(number), "no object", "an entry of the log")
        return document

    def entries(self, after: int = 0) -> Iterator[tuple[int, Document]]:
        """Yield number and document of every entry behind `after`, oldest first.

        Nothing is known of how many there should be; `complete` asks for all.
        """
        number = after
        while (document := self._entry(number + 1)) is not None:
            number += 1
            yield number, document

    def complete(self) -> list[Document]:
        """Return all entries of a log of which none is ever dropped.

        Raises Damaged for a gap that the hint shows; `append_to` looks for others.
        """
        self._read_hint()
        least, documents = self._seen(), [document for _, document in self.entries()]
        self._require(len(documents), least)
        return documents

    def append_to(self, entries: Sequence[Document], document: Document) -> str | None:
        """Append to the entries that `complete` returned; else as `append`.

        Raises Damaged when later entries are there: it would fill a gap.
        """
        number = len(entries) + 1
        later = max(self.numbers(), default=0)
        if later > number and self._entry(number) is None:
            self._require(len(entries), later)
        return self.append(number, document)

    def _require(self, count: int, least: int) -> None:
        if count < least:
            raise Damaged(self._where(count + 1), "no object", "an entry of the log")

    def numbers(self) -> list[int]:
        """Return the numbers of the entries that are there; old ones may be gone."""
        return [self._number(name) for name in self._store.list("log/")]

    def is_hint_torn(self) -> bool:
        """Return whether there is a hint that cannot be used; readers list the log instead."""
        self._read_hint()
        return self._hint is not None and not self._seen()

    def mend_hint(self) -> bool:
        """Let the hint point to the newest entry; return whether it did not."""
        number = self.length()
        seen = self._seen()
        self._advance_hint(number)
        return seen < number

    def append(self, number: int, document: Document) -> str | None:
        """Append entry `number`; return the sha256 of its bytes.

        Returns None, and changes nothing, when another writer's entry has the number. Documents
        need a `txn` of their own, so that two writers never write equal entries.
        """
        body = encode(with_hash(document))
        if not self._store.put_if_absent(self.name(number), body):
            there = self._store.get(self.name(number))
            if there is None or there.body != body:
                return None
        self._advance_hint(number)
        return hashlib.sha256(body).hexdigest()

    def _entry(self, number: int) -> Document | None:
        blob = self._store.get(self.name(number))
        return None if blob is None else parsed(self._where(number), blob.body)

    def _where(self, number: int) -> str:
        return f"{self._store.uri}/{self.name(number)}"

    def _hinted(self) -> int:
        """Return the hint's number; where it is lost or torn, the highest one in the folder."""
        self._read_hint()
        return self._seen() or max(self.numbers(), default=0)

    def _seen(self) -> int:
        """Return the number of the hint as it was read; 0 without one that can be used."""
        try:
            return int(parsed("", self._hint.body)["number"]) if self._hint else 0
        except (Damaged, KeyError, ValueError, TypeError):
            return 0

    @staticmethod
    def _number(name: str) -> int:
        return int(name.removeprefix("log/").removesuffix(".json"))

    def _read_hint(self) -> None:
        self._hint, self._is_stale = self._store.get("hint.json"), False

    def _advance_hint(self, number: int) -> None:
        if self._is_stale:
            self._read_hint()
        if self._seen() < number:
            tag = self._hint.etag if self._hint else None
            self._store.put_if_match("hint.json", encode(with_hash({"number": number})), tag)
            self._is_stale = True
