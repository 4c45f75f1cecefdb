"""Conformance: whether an object store keeps the promises that a lake relies on.

Promises: works below one prefix of its own, removes all that it wrote, also after a failure, and
says for every promise what was seen. It asks from several threads at once, because that is where
stores differ; on a store with 50 ms per request it takes less than a minute.
"""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from schemas.errors import StoreUnavailable
from tasks.vault.backends.store import Store
from tasks.vault.conformance.scratch import Broken, Effort, Scratch
from tasks.vault.conformance.store_checks import PROMISES, Noted, StoreCheck, removed

__all__ = ["Check", "Effort", "conformance", "is_fit"]

Judgement = Literal["kept", "broken", "noted"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Check:
    """One promise, what was seen of it, and whether it was kept; `noted` is no judgement."""

    promise: str
    seen: str
    verdict: Judgement


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
        checks.append(_checked("What was written can be removed", removed, scratch, effort))
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
    except StoreUnavailable as error:
        return Check(promise=promise, seen=f"{error.where}: {error.seen}", verdict="broken")
