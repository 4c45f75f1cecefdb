"""Conformance: whether an object store keeps the promises that a lake relies on.

Promises: works below one prefix of its own and removes all that it wrote, also after a failure. It
asks from several threads at once, because that is where stores differ.
"""

import os
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

from schemas.errors import StoreError
from tasks.vault.backends.store import Blob, Store
from tasks.vault.conformance.scratch import (
    Broken,
    Effort,
    Scratch,
    one_creator,
    one_replacer,
    unique,
    whole_objects,
)

__all__ = ["Check", "Effort", "conformance", "is_fit"]

Judgement = Literal["kept", "broken", "noted"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Check:
    """One promise, what was seen of it, and whether it was kept; `noted` is no judgement."""

    promise: str
    seen: str
    verdict: Judgement


class Noted(str):
    """What was seen where nothing is promised."""

    __slots__ = ()


StoreCheck = Callable[[Scratch, Effort], str]
"""Returns what it saw as a sentence; raises Broken when the store breaks the promise."""


def _at_all(scratch: Scratch, _: Effort) -> str:
    scratch.expect(scratch.put_if_absent("probe", b"probe"), "an object could not be created")
    _expect_body(scratch, "probe", b"probe")
    return "an object was created and read"


def _read_after_write(scratch: Scratch, effort: Effort) -> str:
    for number in range(effort.rounds):
        key, first, second = f"read/{number}", unique("first"), unique("second")
        scratch.expect(scratch.put_if_absent(key, first), f"{key} was there before it was made")
        etag = _expect_body(scratch, key, first).etag
        scratch.expect(scratch.put_if_match(key, second, etag), f"{key} was not replaced")
        _expect_body(scratch, key, second)
        scratch.delete(key)
        scratch.expect(scratch.get(key) is None, f"{key} was read after it had been removed")
    return f"{effort.rounds} objects created, replaced and removed, each seen at once"


def _old_tags(scratch: Scratch, _: Effort) -> str:
    key = "tags/old"
    scratch.put_if_absent(key, unique("first"))
    old = scratch.read(key).etag
    scratch.expect(not scratch.put_if_absent(key, b"late"), "an object was created a second time")
    scratch.expect(not scratch.put_if_match(key, b"late", None), "an object was created over one")
    scratch.expect(scratch.put_if_match(key, unique("second"), old), "the right tag was refused")
    scratch.expect(not scratch.put_if_match(key, b"late", old), "an old tag replaced an object")
    newest = scratch.read(key)
    scratch.delete(key)
    refused = not scratch.put_if_match(key, b"late", newest.etag)
    scratch.expect(refused, "the tag of a removed object made it anew")
    scratch.expect(scratch.get(key) is None, "a refused write left an object")
    return "old tags, no tag and the tag of a removed object were refused"


def _same_bytes(scratch: Scratch, _: Effort) -> str:
    key = "tags/same"
    tags: list[str] = []
    for body in (b"one", b"two", b"one"):
        scratch.put_if_match(key, body, tags[-1] if tags else None)
        tags.append(scratch.read(key).etag)
    if tags[0] != tags[2]:
        return Noted("each writing has a tag of its own")
    return Noted("they have the same tag, as on S3; what a lake replaces is never written twice")


def _listing(scratch: Scratch, effort: Effort) -> str:
    keys = [f"list/{number:04d}" for number in range(effort.rounds * 2)]
    for number, key in enumerate(keys, start=1):
        scratch.put_if_absent(key, b"x")
        scratch.expect_listed("list/", keys[:number])
    for number, key in enumerate(keys, start=1):
        scratch.delete(key)
        scratch.expect_listed("list/", keys[number:])
    return f"{len(keys)} objects listed at once after each write and each removal"


def _pages(scratch: Scratch, effort: Effort) -> str:
    keys = [f"pages/{number:05d}" for number in range(effort.keys)]
    scratch.each(lambda key: scratch.put_if_absent(key, b"x"), keys)
    scratch.expect_listed("pages/", keys)
    scratch.expect_listed("pages/0000", keys[:10])
    return f"{len(keys):,} keys listed whole and in order"


def _large(scratch: Scratch, effort: Effort) -> str:
    body = os.urandom(effort.large)
    scratch.put_if_absent("large", body)
    _expect_body(scratch, "large", body)
    return f"{len(body):,} bytes came back as they were written"


def _removed(scratch: Scratch, _: Effort) -> str:
    return f"{scratch.remove_all():,} objects were written and removed again"


def _expect_body(scratch: Scratch, key: str, body: bytes) -> Blob:
    blob = scratch.read(key)
    scratch.expect(blob.body == body, f"{key} was read as it was before, not as it was written")
    return blob


PROMISES: tuple[tuple[str, StoreCheck], ...] = (
    ("The store can be written and read", _at_all),
    ("A read sees the last write", _read_after_write),
    ("Of many creators of one object one wins", one_creator),
    ("Of many who replace one object one wins", one_replacer),
    ("An old tag replaces nothing", _old_tags),
    ("Tags of identical bytes", _same_bytes),
    ("A listing is up to date", _listing),
    ("A long listing is whole", _pages),
    ("An object is replaced whole", whole_objects),
    ("A large object is kept", _large),
)


def conformance(store: Store, effort: Effort | None = None) -> list[Check]:
    """Return, promise by promise, whether a store keeps what a lake relies on.

    A store that cannot be written or read at all is not asked further.

    >>> from tasks.vault.backends.memory_store import MemoryStore
    >>> checks = conformance(MemoryStore(), Effort(rounds=1, keys=20, large=1000))
    >>> is_fit(checks), {check.verdict for check in checks} == {"kept", "noted"}
    (True, True)
    """
    effort, name = effort or Effort(), f".conformance/{uuid.uuid4().hex}"
    scratch = Scratch(store, name)
    checks: list[Check] = []
    try:
        for promise, observe in PROMISES:
            checks.append(_checked(promise, observe, scratch, effort))
            if len(checks) == 1 and checks[0].verdict == "broken":
                break
    finally:
        checks.append(_checked("What was written can be removed", _removed, scratch, effort))
    return checks


def is_fit(checks: Sequence[Check]) -> bool:
    """Return whether no promise was broken."""
    return all(check.verdict != "broken" for check in checks)


def _checked(promise: str, observe: StoreCheck, scratch: Scratch, effort: Effort) -> Check:
    try:
        seen = observe(scratch, effort)
        verdict = "noted" if isinstance(seen, Noted) else "kept"
        return Check(promise=promise, seen=str(seen), verdict=verdict)
    except Broken as broken:
        return Check(promise=promise, seen=str(broken), verdict="broken")
    except StoreError as error:
        return Check(promise=promise, seen=f"{error.where}: {error.seen}", verdict="broken")
