"""A run that is overtaken by another: at any call of its store, another run publishes a snapshot.

Both end as if one had come after the other: nothing is lost, held or alerted otherwise.
"""

from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime, timedelta
from functools import cache
from pathlib import Path

import pytest

from tasks.alerts.alert_log import alert_log, events_in
from tasks.alerts.update_alerts import update_alerts
from tasks.marts.mart_integrity import mart_problems
from tasks.pipeline.derived_records import record_problems
from tasks.pipeline.ingest import ingest_snapshot
from tasks.pipeline.rebuild import rebuild_source
from tasks.pipeline.replay import replay_quarantine
from tasks.pipeline.retract import retract_vintage
from tasks.runs.run_context import RunContext
from tasks.sources import source_named
from tasks.steps.derived_files import derived_problems
from tasks.steps.integrity import alert_problems, raw_problems
from tasks.vault.backends.memory_store import MemoryStore
from tasks.vault.backends.read_once import ReadOnce
from tasks.vault.backends.store import Store
from tasks.vault.bounded_compaction import compact_loose
from tasks.vault.compact import compact_vault
from tasks.vault.vault_reader import VaultReader
from tasks.vault.verify import verify_vault
from tests.alerts import read_alerts
from tests.tasks.pipeline.unattended import BAD_ROW
from tests.tasks.steps.test_publish import COUNTRIES, everywhere
from tests.tasks.vault.faults import Call, Disturbed, copied, left_alone
from tests.tasks.vault.proof.operations import slow
from tests.thorough import one_in, quick

pytestmark = pytest.mark.long

DAY = datetime(2022, 2, 1, tzinfo=UTC)
NOW = datetime(2026, 11, 22, tzinfo=UTC)
MARKET = source_named("unicef_market")
Run = Callable[[Store], None]


def context(store: Store) -> RunContext:
    """Return the context of a run."""
    return RunContext(
        store=ReadOnce(store), source=MARKET, at=NOW, check_quality=False, build_marts=True
    )


def write_table(file: Path, rows: Sequence[str], *names: str) -> None:
    """Write a table as the source publishes it; `names`: of further columns."""
    head = ",".join(("Recipient ISO,Vaccine Name,Doses Allocated", *names))
    file.write_text("\n".join([head, *rows, ""]))


def ingested(store: Store, folder: Path, day: int, rows: Sequence[str], *names: str) -> None:
    """Ingest the table of a day; `names`: of further columns."""
    file = folder / f"{day}.csv"
    write_table(file, rows, *names)
    at = DAY + timedelta(days=day)
    ingest_snapshot(context(store), file=str(file), retrieved_at=at)


def operations(folder: Path) -> dict[str, Run]:
    """Return what is overtaken, by name.

    The ingest of day 6 loses half of the countries: it is held after day 2, and not after day 4.
    """
    return {
        "ingest": lambda store: ingested(store, folder, 6, everywhere(1000, COUNTRIES[:10])),
        "backdated ingest": lambda store: ingested(store, folder, 3, everywhere(400_000)),
        "rebuild": lambda store: void(rebuild_source(context(store))),
        "replay": lambda store: void(replay_quarantine(context(store))),
        "retract": lambda store: void(
            retract_vintage(context(store), second(store), reason="A wrong file.")
        ),
        "compact": lambda store: void(compact_vault(VaultReader(store, MARKET.name), at=NOW)),
        "gather": lambda store: void(
            compact_loose(VaultReader(store, MARKET.name), added=1, at=NOW, least=1)
        ),
        "alerts": lambda store: void(
            update_alerts(
                VaultReader(store, MARKET.name), MARKET, at=NOW, origin="replay", in_force=()
            )
        ),
    }


def second(store: Store) -> str:
    """Return the id of the second vintage."""
    return VaultReader(store, MARKET.name).vintages()[1].id


def void(_: object) -> None:
    """Return nothing."""


def begun(folder: Path) -> Store:
    """Return a lake with two vintages, a row of the first in quarantine."""
    lake = MemoryStore()
    ingested(lake, folder, 1, [*everywhere(1_000_000), BAD_ROW])
    ingested(lake, folder, 2, everywhere(1_000_000))
    return lake


def rival(store: Store, folder: Path) -> None:
    """Ingest day 4: a third of the countries is gone, and doses are cut."""
    ingested(store, folder, 4, everywhere(300_000, COUNTRIES[:14]))


def picture(store: Store) -> tuple[object, ...]:
    """Return what people see: vintages, held or not, and the alerts; the lake must be sound."""
    vault = VaultReader(store, MARKET.name)
    assert verify_vault(vault, deep=True) == []
    assert list(raw_problems(store, vault, deep=True)) == []
    assert list(alert_problems(store, on=date.max)) == []
    assert [*derived_problems(vault), *record_problems(vault)] == []
    assert list(mart_problems(store, at=NOW)) == []
    vintages = [(one.id, one.held, one.tables["allocations"].state) for one in vault.vintages()]
    alerts = sorted((one.fingerprint, one.state, one.sentence) for one in read_alerts(store))
    return vintages, alerts


@cache
def _prepared(folder: Path) -> Store:
    return begun(folder)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return where the files of all tests are."""
    return tmp_path_factory.mktemp("overtaken")


@pytest.mark.parametrize("name", one_in(2, operations(Path())))
@pytest.mark.parametrize("step", [quick(97, 41), slow(1)])
def test_a_run_that_is_overtaken_ends_as_one_that_came_first_or_second(
    folder: Path, name: str, step: int
) -> None:
    """Whichever commit came first, everything follows from the order."""
    run, begin = operations(folder)[name], _prepared(folder)
    before, after, alone = copied(begin), copied(begin), Disturbed(copied(begin), left_alone)
    rival(before, folder)
    run(before)
    run(after)
    rival(after, folder)
    run(alone)
    expected = [picture(before), picture(after)]
    seen: set[int] = set()
    for number in range(1, len(alone.calls) // 2 + 1, step):
        lake = copied(begin)

        def intrude(call: Call, number: int = number, lake: Store = lake) -> None:
            if (call.number, call.is_done) == (number, False):
                rival(lake, folder)

        run(Disturbed(lake, intrude))
        shown = picture(lake)
        assert shown in expected, (number, alone.calls[2 * number - 2])
        seen.add(expected.index(shown))
    assert seen


def test_stale_findings_do_not_supersede_newer_alerts(folder: Path) -> None:
    """The log only ever gets what the newer run found; nothing is superseded and found again."""
    begin = _prepared(folder)
    lake = copied(begin)
    is_overtaken = False

    def intrude(call: Call) -> None:
        nonlocal is_overtaken
        if call.key == "alerts/log/000000000001.json" and not is_overtaken:
            is_overtaken = True
            rival(lake, folder)

    ingested(Disturbed(lake, intrude), folder, 3, everywhere(400_000))
    assert is_overtaken
    recorded = [event for entry in alert_log(lake).complete() for event in events_in(entry)]
    assert {event.event.kind for event in recorded} >= {"opened"}
    assert "superseded" not in {event.event.kind for event in recorded}
