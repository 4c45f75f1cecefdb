"""Publishes the site: renders the files whose content has changed, and removes those that are gone.

Promises: `site/files.json` says of what each file was made; where that is the same, and the file is
there, it is neither rendered nor written. A file that is about to be written is noted as begun, and
the record is written when all files outlast a power cut, so what a killed run wrote is rendered by
the next one, on whatever state; a run that ends after another one, on an older state, renders its
files again.
"""

import gc
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import orjson

from schemas.errors import LostRace
from tasks.site.addresses import FOLDER, RECORD
from tasks.site.page_file import PageFile, PageKind
from tasks.site.registry import PAGE_KINDS
from tasks.site.site_content import SiteContent
from tasks.vault.backends.store import Blob, Store

TRIES: Final = 4
"""How often the site is rendered again because another run was faster."""
AT_ONCE: Final = 100
"""Files that are rendered one after another, then written at one time."""
BEGUN: Final = ""
"""In the record, stands for what a file is made of until all of a run are written."""
Known = Mapping[str, str]
"""By file, the hash of what it was made of."""


@dataclass(frozen=True, kw_only=True, slots=True)
class SiteChanges:
    """What a rendering did. `files`: how many the site has. `written`, `removed`: their names.

    A file that is rendered again and has the bytes of before is not written.
    """

    files: int
    written: list[str]
    removed: list[str]


def publish_site(
    store: Store,
    content: Callable[[], SiteContent],
    *,
    kinds: Iterable[PageKind] = PAGE_KINDS,
    from_scratch: bool = False,
) -> SiteChanges:
    """Bring the site of a lake up to date, and return what was written and removed.

    Args:
        store: The lake, with its marts.
        content: Reads what the pages are made of; called again where another run was faster.
        kinds: The kinds of pages; all by default.
        from_scratch: Render every file, and look at no earlier one.

    Raises:
        Damaged: A file of the lake that pages are made of is gone or damaged.
        LostRace: Other runs were faster, again and again.
    """
    is_frozen = gc.get_freeze_count() > 0
    try:
        return _published(store, content, tuple(kinds), from_scratch=from_scratch)
    finally:
        if not is_frozen:
            gc.unfreeze()


def _published(
    store: Store,
    content: Callable[[], SiteContent],
    kinds: Iterable[PageKind],
    *,
    from_scratch: bool,
) -> SiteChanges:
    written, removed = set[str](), set[str]()
    for _ in range(TRIES):
        record = store.get(RECORD)
        there = {key.removeprefix(f"{FOLDER}/") for key in store.list(f"{FOLDER}/")}
        lost = _read(record).keys() - there
        known = _without(_read(record), {*written, *(_read(record) if from_scratch else lost)})
        planned = _planned(content(), kinds)
        changed = [one for one in planned.values() if known.get(one.name) != one.made_of]
        if changed and record:
            begun = {**_read(record), **{one.name: BEGUN for one in changed}}
            if not store.put_if_match(RECORD, _encoded(begun), record.etag):
                continue
            record = store.get(RECORD)
        written |= _rendered(store, changed)
        gone = [name for name in _read(record) if name not in planned]
        store.ask_all(lambda name: store.delete(f"{FOLDER}/{name}"), gone)
        removed |= set(gone)
        if _note(store, record, planned):
            return SiteChanges(
                files=len(planned), written=sorted(written), removed=sorted(removed - set(planned))
            )
    raise LostRace(f"{store.uri}/{RECORD}", TRIES)


def _rendered(store: Store, changed: Sequence[PageFile]) -> set[str]:
    """Render and write files, to outlast a power cut; return the names of those with new bytes."""
    written = set[str]()
    for one in changed:
        if one.prepare:
            one.prepare()
    for start in range(0, len(changed), AT_ONCE):
        bodies = [(one.name, one.render()) for one in changed[start : start + AT_ONCE]]
        done = store.ask_all(lambda body: store.put_derived(f"{FOLDER}/{body[0]}", body[1]), bodies)
        written |= {name for (name, _), is_new in zip(bodies, done, strict=True) if is_new}
    if changed:  # also what a killed run wrote
        store.flush()
    return written


def _planned(content: SiteContent, kinds: Iterable[PageKind]) -> dict[str, PageFile]:
    """Return all files by name.

    No garbage is collected meanwhile, nor later among what they hold: searches for it, which find
    none, would take a twentieth of the time.
    """
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        return {one.name: one for kind in kinds for one in kind(content)}
    finally:
        gc.freeze()
        if was_enabled:
            gc.enable()


def _note(store: Store, record: Blob | None, planned: Mapping[str, PageFile]) -> bool:
    """Write down of what each file was made; return False where another run has done so since."""
    made = {name: page.made_of for name, page in planned.items()}
    body = _encoded(made)
    if record and record.body == body:
        return True
    return store.put_if_match(RECORD, body, record.etag if record else None)


def _encoded(made: Known) -> bytes:
    return orjson.dumps(made, option=orjson.OPT_SORT_KEYS | orjson.OPT_INDENT_2)


def _read(record: Blob | None) -> dict[str, str]:
    """Return what the record says; nothing where it is not there or cannot be read."""
    try:
        found: dict[str, str] = orjson.loads(record.body) if record else {}
    except ValueError:
        return {}
    return found


def _without(known: Known, names: set[str]) -> dict[str, str]:
    return {name: made for name, made in known.items() if name not in names}
