import os
import subprocess
import sys
from dataclasses import replace
from datetime import timedelta

import pytest

from tasks.quality.data_docs import INDEX
from tasks.quality.measurements import window
from tasks.quality.run_quality import check_quality
from tasks.vault.backends.memory_store import MemoryStore
from tasks.vault.rewrite import rebuild_vault, release_vintage
from tasks.vault.vault_reader import VaultReader
from tests.published import NOW, cases, draft, publish
from tests.tasks.quality.conftest import HOUR, KNOWN, WHO, by_name, page


def test_what_was_judged_is_not_judged_again(store: MemoryStore) -> None:
    """A second run, or one that sees the same table once more, changes nothing."""
    check_quality(store, WHO, at=NOW)
    before = {name: store.get(name) for name in store.list("")}
    assert check_quality(store, WHO, at=NOW + HOUR) == []
    assert {name: store.get(name) for name in store.list("")} == before
    publish(store, "who_cases", "cases", cases(19), week=11)
    assert check_quality(store, WHO, at=NOW + HOUR) == []


def test_a_waiver_that_begins_or_ends_is_seen_at_the_next_run(store: MemoryStore) -> None:
    """The table is judged again, though nothing new was published."""
    publish(store, "who_cases", "cases", cases(20, lost=["PRK"]), week=10)
    assert by_name(check_quality(store, WHO, at=NOW))["countries_gone"].needs_attention
    waived = check_quality(store, WHO, at=NOW + HOUR, waivers=[KNOWN])
    assert not by_name(waived)["countries_gone"].needs_attention
    assert check_quality(store, WHO, at=NOW + 2 * HOUR, waivers=[KNOWN]) == []
    late = NOW + timedelta(days=30)
    assert by_name(check_quality(store, WHO, at=late, waivers=[KNOWN]))[
        "countries_gone"
    ].needs_attention


def test_a_run_that_was_killed_is_mended_by_the_next_one(store: MemoryStore) -> None:
    """An index that was not written any more is written then."""
    check_quality(store, WHO, at=NOW)
    whole = page(store, INDEX)
    store.delete(INDEX)
    assert check_quality(store, WHO, at=NOW + HOUR) == []
    assert page(store, INDEX) == whole


@pytest.mark.parametrize("week", [0, 4])
def test_an_older_vintage_that_comes_late_is_taken_into_account(week: int) -> None:
    """A backfill gives a first vintage its past, and fills a reported gap."""
    lake = MemoryStore()
    before = () if week == 0 else (0, 1, 2)
    for known in (*before, 6):
        publish(lake, "who_cases", "cases", cases(known + 10), week=known)
    came = by_name(check_quality(lake, WHO, at=NOW))
    assert came["gap"].is_met is (False if before else None)
    publish(lake, "who_cases", "cases", cases(week + 10), week=week)
    again = by_name(check_quality(lake, WHO, at=NOW + HOUR))
    assert again["rows"].compared_with == len(before) + 1
    assert again["gap"].seen == ("14 days" if before else "42 days")
    assert check_quality(lake, WHO, at=NOW + 2 * HOUR) == []


def test_a_held_vintage_that_is_released_is_judged(store: MemoryStore) -> None:
    """It is what `latest` shows from then on."""
    check_quality(store, WHO, at=NOW)
    publish(store, "who_cases", "cases", cases(20, lost=["PRK"]), week=10, held=True)
    assert check_quality(store, WHO, at=NOW + HOUR) == []
    vault = VaultReader(store, "who_cases")
    held = vault.vintages()[-1].id
    assert release_vintage(vault, held, at=NOW)
    came = by_name(check_quality(store, WHO, at=NOW + 2 * HOUR))
    assert came["countries_gone"].vintage_id == held
    assert came["countries_gone"].needs_attention


def test_a_bound_that_was_mended_is_asked_again(store: MemoryStore) -> None:
    """Today's bounds decide what is reported."""
    check_quality(store, WHO, at=NOW)
    assert check_quality(store, replace(WHO, cadence=timedelta(days=1)), at=NOW + HOUR)


def test_a_table_without_a_row_is_not_judged_every_time() -> None:
    """A source may declare what it has not published yet; nothing heavy is imported for it."""
    lake = MemoryStore()
    publish(lake, "who_cases", "cases", cases(10).head(0), week=0)
    assert window(VaultReader(lake, "who_cases"), "cases") == []
    assert check_quality(lake, WHO, at=NOW) == []


def test_a_rebuilt_table_is_judged_again(store: MemoryStore) -> None:
    """The same vintage that says something else now is another thing to judge."""
    came = check_quality(store, WHO, at=NOW)
    tables = [cases(week + 10, each=11) for week in range(10)]
    drafts = [draft("who_cases", "cases", table, week=week) for week, table in enumerate(tables)]
    rebuild_vault(VaultReader(store, "who_cases"), lambda: drafts, at=NOW)
    again = check_quality(store, WHO, at=NOW + HOUR)
    assert again[0].vintage_id == came[0].vintage_id
    assert again[0].state != came[0].state


def test_nothing_heavy_is_imported_for_nothing() -> None:
    """Great Expectations costs seconds, which only something to judge is worth."""
    code = (
        "import sys\n"
        "from datetime import datetime, UTC\n"
        "from tasks.quality.run_quality import check_quality\n"
        "from tasks.sources import source_named\n"
        "from tasks.vault.backends.memory_store import MemoryStore\n"
        "source, at = source_named('who_cases'), datetime(2022, 1, 1, tzinfo=UTC)\n"
        "check_quality(MemoryStore(), source, at=at)\n"
        "print({'great_expectations', 'pandas'} & set(sys.modules))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, env={**os.environ}
    )
    assert done.stdout.strip() == "set()"
