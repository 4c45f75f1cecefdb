"""The problems of a whole lake, source by source, and their repair.

Promises: damage to one source hides no problem of another, and stops no repair of another.
"""

from collections.abc import Iterator, Sequence
from contextlib import suppress
from datetime import UTC, date, datetime, time

from schemas.errors import Damaged
from schemas.waivers import Waiver
from tasks.alerts.alert_log import alert_log
from tasks.alerts.published_alerts import open_alerts, publish_alerts
from tasks.catalog.lake_package import package_problems, rebuild_package
from tasks.catalog.reference_tables import (
    DIM_PRODUCT,
    are_reference_tables_right,
    publish_reference_tables,
)
from tasks.catalog.system_tables import SYSTEM_SOURCES
from tasks.catalog.views import VIEWS
from tasks.delivery.publish_feeds import publish_feeds
from tasks.runs.run_records import run_record_problems
from tasks.sources import SOURCES, source_named
from tasks.steps.integrity import alert_problems, raw_problems, store_problems
from tasks.vault.backends.store import Store
from tasks.vault.conformance.first_run import require_conditional_writes
from tasks.vault.rebuilt_files import REPAIR
from tasks.vault.vault_reader import VaultReader
from tasks.vault.verify import collected, repair_vault, verify_vault

Named = tuple[str, str]
"""A source ('raw', 'alerts', 'catalog', 'marts' for what belongs to none) and a sentence."""


def lake_problems(store: Store, in_force: Sequence[Waiver], *, on: date, deep: bool) -> list[Named]:
    """Return the problems of a lake, sorted by source; empty when it is sound.

    `on`: today (UTC). `in_force`: its waivers. `deep`: read every object, replay every vintage,
    make every derived file again.
    """
    found: list[Named] = []
    for vault in _vaults(store):
        problems = verify_vault(vault, deep=deep)
        parts = [raw_problems(store, vault, deep=deep)]
        if deep and not problems:
            from tasks.pipeline.derived_records import record_problems  # noqa: PLC0415 (as above)
            from tasks.steps.derived_files import derived_problems  # noqa: PLC0415 (pandera)

            parts += [derived_problems(vault), record_problems(vault)]
        problems += [problem for part in parts for problem in collected(part)]
        found += [(vault.source, problem) for problem in dict.fromkeys(problems)]
    if deep:
        from tasks.marts.mart_integrity import mart_problems  # noqa: PLC0415 (pandera)
        from tasks.quality.data_docs import damaged_pages  # noqa: PLC0415 (jinja2)
        from tasks.quality.results import judged_datasets  # noqa: PLC0415 (as above)

        found += [("raw", problem) for problem in store_problems(store)]
        for name in damaged_pages(store, judged_datasets(store)):
            found.append(("quality", f"{store.uri}/{name} is gone or damaged. {REPAIR}"))
        if store.get(VIEWS) and not are_reference_tables_right(store):
            sentence = f"{store.uri}/{DIM_PRODUCT} is not there or has other rows. {REPAIR}"
            found.append(("catalog", sentence))
        at = datetime.combine(on, time(), UTC)
        found += [("marts", problem) for problem in collected(mart_problems(store, at=at))]
        wrong = collected(package_problems(store, _vaults(store)))
        found += [("catalog", problem) for problem in dict.fromkeys(wrong)]
    found += [("runs", problem) for problem in run_record_problems(store, deep=deep)]
    alerts = collected(alert_problems(store, in_force, on=on, deep=deep))
    return found + [("alerts", problem) for problem in alerts]


def committed_sources(store: Store) -> list[str]:
    """Return the sources that have a commit, sorted; one whose log is damaged is one of them."""
    # `exists` is true of a log that cannot be read, so the head is read of sound ones alone
    return [one.source for one in _vaults(store) if one.exists() or one.head is not None]


def repair_lake(
    lake: str, store: Store, in_force: Sequence[Waiver], *, at: datetime
) -> list[Named]:
    """Publish what killed runs left, and put right whatever derives from the rest of the lake.

    Returns a sentence per change. What is damaged itself is left as it is: `lake_problems` lists
    it. `at`: the time of the repair.
    """
    from tasks.pipeline.recovery import recover_source  # noqa: PLC0415 (it imports the parsers)

    done: list[Named] = []
    for source in SOURCES:
        with suppress(Damaged):
            recovered = recover_source(source.name, lake, at=at)
            done += [(source.name, f"{one.id}: {one.notes[0]}") for one in recovered]
    for vault in _vaults(store):
        with suppress(Damaged):
            done += [(vault.source, change) for change in _changes(vault, in_force, at)]
    require_conditional_writes(store)
    if store.get(VIEWS) and publish_reference_tables(store):
        done.append(("catalog", f"{store.uri}/{DIM_PRODUCT} was made anew."))
    with suppress(Damaged):
        alert_log(store).mend_hint()
        alerts = publish_alerts(store, in_force, on=at.date(), from_scratch=True)
        for name in publish_feeds(store, alert_log(store).complete(), alerts):
            done.append(("alerts", f"{store.uri}/{name} was made again."))
        done += _page_alerts(store)
    with suppress(Damaged):
        from tasks.marts.mart_integrity import mend_marts  # noqa: PLC0415 (it imports pandera)

        for name in mend_marts(store, at=at):
            done.append(("marts", f"{store.uri}/{name} was made again."))
    with suppress(Damaged):
        for name in rebuild_package(store, _vaults(store)):
            done.append(("catalog", f"{store.uri}/{name} was made anew."))
    return done


def _page_alerts(store: Store) -> Iterator[Named]:
    """Let the pages list the alerts that are open now; yield a sentence per changed page."""
    from tasks.quality.page_alerts import update_page_alerts  # noqa: PLC0415 (jinja2)

    alerts = open_alerts(store)
    for vault in _vaults(store):
        for table in update_page_alerts(store, vault, alerts):
            yield vault.source, f"The page of {table} lists the alerts that are open now."


def _changes(vault: VaultReader, in_force: Sequence[Waiver], at: datetime) -> Iterator[str]:
    """Mend what derives from a source's commits; yield a sentence per change. Raises Damaged."""
    from tasks.pipeline.derived_records import mend_records  # noqa: PLC0415 (as above)
    from tasks.quality.run_quality import mend_pages  # noqa: PLC0415 (jinja2)
    from tasks.steps.derived_files import mend_derived  # noqa: PLC0415 (it imports pandera)

    if vault.head is None:
        return
    yield from repair_vault(vault, at=at)
    made = mend_derived(vault)
    if vault.source not in SYSTEM_SOURCES:
        made += mend_pages(vault.lake, source_named(vault.source), at=at, waivers=in_force)
    for name in made:
        yield f"{vault.lake.uri}/{name} was made anew."
    yield from mend_records(vault, at=at, in_force=in_force)


def _vaults(store: Store) -> list[VaultReader]:
    names = sorted([*(source.name for source in SOURCES), *SYSTEM_SOURCES])
    return [VaultReader(store, name) for name in names]
