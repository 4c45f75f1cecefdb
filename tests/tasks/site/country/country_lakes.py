"""Lakes with a few countries, and the files that the country pages make of them."""

from collections.abc import Mapping
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import polars as pl

from schemas.tables import dtypes_of, key_of
from tasks.marts.publish_marts import publish_marts
from tasks.pipeline.backfill import backfill_source
from tasks.runs.run_context import open_run
from tasks.site.country.country_files import country_files
from tasks.site.site_content import SiteContent
from tasks.vault.backends.memory_store import MemoryStore
from tasks.vault.backends.open_store import open_store
from tasks.vault.backends.store import Store
from tests.published import publish
from tests.servers import shared_folder
from vaxwatch.archive import archive_folder
from vaxwatch.commands.demo import ARCHIVES

NOW = datetime(2022, 6, 1, 6, tzinfo=UTC)


def demo_folder() -> Path:
    """Return the folder of a lake with the embedded archive, its alerts and its marts.

    All tests of a run share it, so it is only read. A blank is in its name.
    """

    def fill(folder: Path) -> None:
        for name in ARCHIVES:
            run = open_run(name, str(folder), at=NOW, check_quality=False)
            backfill_source(run, f"dir:{archive_folder(name)}")
        publish_marts(open_store(str(folder)), at=NOW)

    return shared_folder("the demo", fill)


def demo_lake() -> Store:
    """Return the store of that folder."""
    return open_store(str(demo_folder()))


def content_of(store: Store, **how: Any) -> SiteContent:
    """Return the content of a lake whose marts are built."""
    return SiteContent(store=store, on=date(2022, 6, 1), **how)


def allocated(
    doses: Mapping[str, int | None], product: str = "Covovax", *, mechanism: str = "COVAX"
) -> pl.DataFrame:
    """Return allocations, a country each."""
    return rows("allocations", [(iso3, product, mechanism, n) for iso3, n in doses.items()])


def rows(table: str, values: list[tuple[Any, ...]], *figures: str) -> pl.DataFrame:
    """Return rows of a table: its key, then figures, of allocations the doses allocated."""
    names = [*key_of(table), *(figures or ("doses_allocated",))]
    types = dtypes_of(table)
    return pl.DataFrame(values, schema={name: types[name] for name in names}, orient="row")


def weekly(*versions: pl.DataFrame, **how: Any) -> Store:
    """Return a lake with versions of UNICEF's allocations, a week apart, and with its marts."""
    store = MemoryStore()
    for week, frame in enumerate(versions):
        publish(store, "unicef_market", "allocations", frame, week=week, **how)
    publish_marts(store, at=NOW)
    return store


def rendered(store: Store, ending: str = "", **how: Any) -> dict[str, str]:
    """Return the files of all countries whose name ends so, as text; no PNG."""
    files = country_files(content_of(store, **how))
    wanted = (one for one in files if one.name.endswith(ending) and not one.name.endswith(".png"))
    return {one.name: one.render().decode() for one in wanted}
