"""Rendering after each version gives the bytes that a rendering from scratch gives."""

from collections.abc import Mapping
from datetime import date

from tasks.marts.publish_marts import publish_marts
from tasks.site.publish_site import SiteChanges, publish_site
from tasks.site.site_content import SiteContent
from tasks.vault.backends.memory_store import MemoryStore
from tasks.vault.backends.store import Store
from tasks.vault.derived_tables import publish_tables
from tasks.vault.manifest import Retraction
from tasks.vault.retraction import commit_retraction
from tasks.vault.vault_reader import VaultReader
from tests.published import NOW, allocations, cases, publish

SOURCE = "unicef_market"


def rendered(store: Store, *, from_scratch: bool = False) -> SiteChanges:
    """Bring marts and site up to date."""
    publish_marts(store, at=NOW)
    return publish_site(
        store, lambda: SiteContent(store=store, on=date(2022, 6, 1)), from_scratch=from_scratch
    )


def site_of(store: Store) -> Mapping[str, bytes]:
    """Return all files of the site."""
    found = {name: store.get(name) for name in store.list("site/")}
    return {name: blob.body for name, blob in found.items() if blob}


def allocated(store: Store, week: int, *, held: bool = False, **doses: int | None) -> None:
    """Publish a version of a table whose figures are in `country_totals`."""
    publish(store, SOURCE, "allocations", allocations(doses), week=week, held=held)


def counted(store: Store, week: int, each: int) -> None:
    """Publish a version of a table of days, whose figures are in `further_figures`."""
    publish(store, "who_cases", "cases", cases(week + 2, each=each), week=week)


def test_every_step_of_a_lake_is_rendered_as_from_scratch() -> None:
    """New figures, others' figures, a held version, a withdrawal and a retraction."""
    store = MemoryStore()

    def retract() -> None:
        vault = VaultReader(store, SOURCE)
        last = vault.vintages()[-1].id
        commit_retraction(
            vault, Retraction(id=last, at=NOW, reason="A mistake.", by="", vintage=None)
        )
        publish_tables(vault)

    steps = (
        lambda: allocated(store, 1, PRK=8_115_600, GHA=5_000_000),
        lambda: counted(store, 1, 10),
        lambda: allocated(store, 2, PRK=1_540_800, GHA=5_000_000),
        lambda: allocated(store, 3, held=True, PRK=9, GHA=5_000_000),
        lambda: counted(store, 2, 12),
        lambda: allocated(store, 4, GHA=5_000_000),
        retract,
    )
    for step in steps:
        step()
        done, found = rendered(store), site_of(store)
        assert done.written
        assert rendered(store).written == []
        rendered(store, from_scratch=True)
        assert [name for name, body in site_of(store).items() if found.get(name) != body] == []


def test_a_version_leaves_the_pages_of_other_tables_as_they_are() -> None:
    """Neither their page nor the data beside it is rendered again."""
    store = MemoryStore()
    allocated(store, 1, PRK=8_115_600)
    counted(store, 1, 10)
    rendered(store)
    counted(store, 2, 12)
    written = rendered(store).written
    assert "table/who_cases/cases/index.html" in written
    assert "data/table/who_cases/cases.js" in written
    assert [name for name in written if "unicef_market/allocations" in name] == []
