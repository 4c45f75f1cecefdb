"""Lakes with a vintage that should never have been, each made once."""

from collections.abc import Callable
from functools import cache

import pytest

from tasks.sources import source_named
from tasks.vault.backends.memory_store import MemoryStore
from tests.tasks.pipeline.retracted_lakes import CASES, WRONG, Lake


@pytest.fixture(scope="session")
def begun(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Lake]:
    """Return a function that returns the lake of a case, with or without the wrong snapshot."""
    folder = tmp_path_factory.mktemp("bodies")

    @cache
    def filled(case: str, *, is_wrong: bool) -> Lake:
        name, bodies = CASES[case]
        lake = Lake(MemoryStore(), source_named(name), folder)
        for day, body in bodies.items():
            if is_wrong or day != WRONG:
                lake.ingest(day, body)
        return lake

    return lambda case, *, is_wrong: filled(case, is_wrong=is_wrong).copy()
