"""Incremental rendering: what changed is rendered again, and gives what one from scratch gives."""

import os
import shutil
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from pathlib import Path

import orjson
import pytest

from schemas.errors import LostRace
from tasks.lake_runs.render_site import render_pages
from tasks.marts.publish_marts import publish_marts
from tasks.site.page_file import PageFile, hash_of, page_file
from tasks.site.publish_site import RECORD, publish_site
from tasks.site.registry import PAGE_KINDS
from tasks.site.site_content import SiteContent
from tasks.vault.backends.folder_store import FolderStore
from tasks.vault.backends.memory_store import MemoryStore
from tasks.vault.backends.store import Store
from tests.published import publish
from tests.tasks.marts.frames import AT, allocated
from tests.tasks.vault.faults import disk

ON = date(2022, 6, 1)


def content(store: Store) -> SiteContent:
    """Return the content of a lake without any vintage."""
    return SiteContent(store=store, on=ON)


class Numbered:
    """A kind of page with a file for each name, which shows a number."""

    def __init__(self, **numbers: int) -> None:
        self.numbers, self.rendered = numbers, list[str]()

    def __call__(self, _: SiteContent) -> Iterator[PageFile]:
        """Yield the files."""
        for name in self.numbers:
            yield page_file(f"{name}.txt", self.render, {"name": name, "n": self.numbers[name]})

    def render(self, *, name: str, n: int) -> bytes:
        """Return a number as text, and note that it was asked for."""
        self.rendered.append(name)
        return str(n).encode()


def text(store: Store, name: str) -> str | None:
    """Return what a file of the site shows."""
    blob = store.get(f"site/{name}.txt")
    return blob.body.decode() if blob else None


def test_only_what_changed_is_rendered_and_what_is_gone_is_removed() -> None:
    """A second run on the same content renders and writes nothing."""
    store, kind = MemoryStore(), Numbered(a=1, b=2, c=3)
    done = publish_site(store, lambda: content(store), kinds=[kind])
    assert (done.files, done.written) == (3, ["a.txt", "b.txt", "c.txt"])
    kind.rendered.clear()
    again = publish_site(store, lambda: content(store), kinds=[kind])
    assert (again.files, again.written, again.removed, kind.rendered) == (3, [], [], [])
    kind.numbers = {"a": 1, "b": 5}
    third = publish_site(store, lambda: content(store), kinds=[kind])
    assert (third.files, third.written, third.removed) == (2, ["b.txt"], ["c.txt"])
    assert [text(store, name) for name in "abc"] == ["1", "5", None]


def test_a_page_that_was_deleted_is_written_again() -> None:
    """The record alone does not make a page."""
    store, kind = MemoryStore(), Numbered(a=1, b=2)
    publish_site(store, lambda: content(store), kinds=[kind])
    store.delete("site/b.txt")
    assert publish_site(store, lambda: content(store), kinds=[kind]).written == ["b.txt"]


def test_values_of_any_size_are_compared() -> None:
    """A sum of absurd figures has more than 64 bits; no page of the site fails for it."""
    assert hash_of({"sum": 2**65}) != hash_of({"sum": 2**65 + 1})


def test_a_damaged_record_renders_all_files_again() -> None:
    """So does `from_scratch`; what has the bytes of before is not written, nor counted so."""
    store, kind = MemoryStore(), Numbered(a=1, b=2)
    publish_site(store, lambda: content(store), kinds=[kind])
    store.update(RECORD, lambda _: b"{torn")
    store.update("site/b.txt", lambda _: b"9")
    kind.rendered.clear()
    assert publish_site(store, lambda: content(store), kinds=[kind]).written == ["b.txt"]
    again = publish_site(store, lambda: content(store), kinds=[kind], from_scratch=True)
    assert (again.files, again.written, kind.rendered) == (2, [], ["a", "b"] * 2)


def test_the_record_is_written_when_all_files_outlast_a_power_cut(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Files are flushed together, not one by one; without any new one nothing is flushed."""
    steps: list[str] = []
    monkeypatch.setattr(os, "sync", lambda: steps.append("sync"))
    store, kind = FolderStore(tmp_path), Numbered(a=1, b=2)
    for _ in range(2):
        with disk(tmp_path, lambda kind, path: steps.append(f"{kind} {Path(path).name}")):
            publish_site(store, lambda: content(store), kinds=[kind])
    files = [at for at, one in enumerate(steps) if ".txt" in one]
    record = [at for at, one in enumerate(steps) if "files.json" in one]
    assert [one for one in steps if one.startswith("fsync") and ".txt" in one] == []
    assert [at for at, one in enumerate(steps) if one == "sync"] == [max(files) + 1]
    assert max(files) + 1 < min(record)
    assert (text(store, "a"), text(store, "b")) == ("1", "2")


def test_a_rendering_that_is_killed_leaves_no_half_file_and_is_finished_by_the_next(
    tmp_path: Path,
) -> None:
    """Before whichever change of the disk it ends; a dead process changes nothing more."""

    class Dead(BaseException):
        pass

    def dying(steps: int) -> Callable[[str, str], None]:
        left = iter(range(steps))

        def act(_kind: str, _path: str) -> None:
            if next(left, None) is None:
                raise Dead

        return act

    tried, ended = 0, 0
    while ended == tried:
        store = FolderStore(tmp_path / str(tried))
        publish_site(store, lambda store=store: content(store), kinds=[Numbered(a=1, b=1, c=1)])
        try:
            with disk(Path(store.uri), dying(tried)):
                publish_site(store, lambda store=store: content(store), kinds=[Numbered(a=2, b=2)])
        except Dead:
            ended += 1
        tried += 1
        assert {text(store, name) for name in "ab"} <= {"1", "2"}
        older = FolderStore(shutil.copytree(store.uri, tmp_path / f"{tried} again"))
        publish_site(older, lambda older=older: content(older), kinds=[Numbered(a=1, b=1)])
        assert [text(older, name) for name in "abc"] == ["1", "1", None]
        publish_site(store, lambda store=store: content(store), kinds=[Numbered(a=2, b=2)])
        assert [text(store, name) for name in "abc"] == ["2", "2", None]
    assert ended > 5


def test_a_run_on_an_older_state_does_not_have_the_last_word() -> None:
    """Another run ends while this one renders: this one renders its files of the newest state."""
    store, older = MemoryStore(), Numbered(a=1)
    newer = Numbered(a=2)
    times = 0

    def slow(_: SiteContent) -> Iterator[PageFile]:
        nonlocal times
        times += 1
        yield from (older if times == 1 else newer)(_)
        if times == 1:
            publish_site(store, lambda: content(store), kinds=[newer])

    publish_site(store, lambda: content(store), kinds=[slow])
    assert text(store, "a") == "2"
    assert times == 2


def test_a_run_that_always_loses_ends_with_an_error() -> None:
    """No run goes on for ever."""
    store, count = MemoryStore(), 0

    def disturbed(_: SiteContent) -> Iterator[PageFile]:
        nonlocal count
        count += 1
        yield from Numbered(a=count)(_)
        store.update(RECORD, lambda _: orjson.dumps({"x": str(count)}))

    with pytest.raises(LostRace):
        publish_site(store, lambda: content(store), kinds=[disturbed])


def test_the_data_package_has_the_marts_that_pages_are_made_of() -> None:
    """They may be newer than the last run of a source."""
    store = MemoryStore()
    publish(store, "unicef_market", "allocations", allocated({("PRK", "Covovax"): 10}), week=0)
    render_pages(store, at=AT)
    described = store.get("datapackage.json")
    assert described is not None
    assert b"marts/country_totals.parquet" in described.body


def test_the_whole_site_of_an_empty_lake_can_be_rendered() -> None:
    """Nothing is known yet, and no page fails; twice gives the same bytes."""
    sites: list[dict[str, bytes]] = []
    for _ in range(2):
        store = MemoryStore()
        publish_marts(store, at=datetime(2022, 6, 1, tzinfo=UTC))
        publish_site(store, lambda store=store: content(store), kinds=PAGE_KINDS)
        found = {name: store.get(name) for name in store.list("site/")}
        sites.append({name: blob.body for name, blob in found.items() if blob})
    assert sites[0] == sites[1]
    assert "site/assets/style.css" in sites[0]
