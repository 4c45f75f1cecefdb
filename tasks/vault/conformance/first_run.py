"""First run: whether a store keeps conditional writes, asked until it was shown once in a lake.

Promises: needs no right to delete; several first runs at once agree. All promises of a store, races
included, are tested by `conformance`.

    catalog/store.json
"""

import json
from typing import Final

from schemas.store_errors import UnfitStore
from tasks.vault.backends.store import Store

ANSWER: Final = "catalog/store.json"
"""The name on disk is a contract, as are the keys of its JSON."""
ASKED: Final = json.dumps({"format": 1, "conditional_writes": False}).encode()
PROVED: Final = json.dumps({"format": 1, "conditional_writes": True}).encode()


def require_conditional_writes(store: Store) -> None:
    """Refuse a store that overwrites what it must not; the answer is kept in the lake.

    Raises:
        UnfitStore: An object was created twice, replaced by who had not read it, or not replaced
            by who had.
    """
    if _is_proved(store):
        return
    store.put_if_absent(ANSWER, ASKED)
    blob = store.get(ANSWER)
    if blob is None:
        raise UnfitStore(f"{store.uri}/{ANSWER}", "it was written and cannot be read back")
    if store.put_if_absent(ANSWER, ASKED):
        raise UnfitStore(f"{store.uri}/{ANSWER}", "an object that was there was created again")
    if store.put_if_match(ANSWER, ASKED, "0" * 32):
        raise UnfitStore(f"{store.uri}/{ANSWER}", "it was replaced by who had not read it")
    if not store.put_if_match(ANSWER, PROVED, blob.etag) and not _is_proved(store):
        raise UnfitStore(f"{store.uri}/{ANSWER}", "it could not be replaced by who had read it")


def _is_proved(store: Store) -> bool:
    blob = store.get(ANSWER)
    return blob is not None and blob.body == PROVED
