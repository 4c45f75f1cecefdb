from schemas.expectations.tables import SUITES
from tasks.quality.expected_ranges import expected_ranges
from tasks.quality.measurements import measure_table
from tasks.quality.results import judgements
from tasks.vault.backends.memory_store import MemoryStore
from tasks.vault.vault_reader import VaultReader
from tests.published import NOW, allocations, publish


def test_what_was_asked_and_got_no_answer_is_not_met() -> None:
    """It would pass for something that could not be judged."""
    store = MemoryStore()
    for week in range(2):
        publish(store, "unicef_market", "allocations", allocations({"PRK": week + 1}), week=week)
    measurements = measure_table(
        VaultReader(store, "unicef_market"), "allocations", SUITES["allocations"]
    )
    assert measurements is not None
    asked = expected_ranges(measurements, SUITES["allocations"], cadence=7)
    came = list(judgements(measurements, asked, {}, table="allocations", basis="b", at=NOW))
    assert [one.is_met for one in came] == [None if it.within is None else False for it in asked]
    assert came[0].sentence == (
        "About as many rows as before: it could not be checked, which counts as not met: "
        "The checkpoint said nothing of it."
    )
