"""What makes a soak fail, on made-up figures."""

from datetime import UTC, datetime, timedelta

import pytest

from tests.stack.soak_report import Ingest, Sample, Soak, faults, memory, table

START = datetime(2026, 11, 29, tzinfo=UTC)
MINUTES = 30
EVERY = 10.0


def soaked(
    *, growth: float = 0, delay: float = 2, state: str = "Published", **how: tuple[str, ...]
) -> Soak:
    """Return a soak of half an hour in which a worker grew by so many MiB an hour."""
    samples = [
        Sample(seconds, {"worker": round(1024 * (100 + growth * seconds / 3600))})
        for seconds in range(0, 60 * MINUTES, 10)
    ]
    due = [START + timedelta(seconds=EVERY * place) for place in range(6 * MINUTES)]
    ingests = [
        Ingest(one, one + timedelta(seconds=delay), one + timedelta(seconds=delay + 3), state)
        for one in due
    ]
    return Soak(samples=samples, ingests=ingests, every=EVERY, fetched=9, published=9, **how)


def test_a_soak_with_flat_memory_and_nothing_lost_passes() -> None:
    """The warm-up does not count; the table has the first third beside the last."""
    assert faults(soaked(growth=10)) == []
    lines = table(soaked()).splitlines()
    assert (
        "| memory of worker | 100.0 MiB | 100.0 MiB | +0.0 MiB an hour; at most 100.0 MiB |"
        in lines
    )
    assert "| ingests | 60 | 60 | 180 in all, 0 skipped |" in lines
    assert "| delay of an ingest | 2.0 s | 2.0 s | 95 % below 2.0 s |" in lines


def test_the_slope_is_that_between_the_thirds() -> None:
    """Whatever the memory was before."""
    found = memory(soaked(growth=60).samples, "worker")
    assert found.slope == pytest.approx(60, abs=0.5)
    assert found.grows


@pytest.mark.parametrize(
    ("soak", "sentence"),
    [
        (soaked(growth=60), "worker grew from"),
        (soaked(state="Crashed"), "180 of 180 runs did not end well: Crashed."),
        (soaked(delay=11), "did not keep up"),
        (soaked(state="Skipped"), "did not keep up"),
        (soaked(lost=("Version 3 was fetched and has no vintage.",)), "Version 3"),
        (soaked(doubled=("Version 3 was published 2 times.",)), "2 times"),
        (soaked(ended=("worker",)), "worker ended by itself"),
    ],
)
def test_each_fault_has_a_sentence(soak: Soak, sentence: str) -> None:
    """The command exits with 1."""
    assert sentence in " ".join(faults(soak))
