"""What all tests share."""

from pathlib import Path

import pytest

CORPUS = Path(__file__).resolve().parents[2] / "shared" / "corpus"


@pytest.fixture(scope="session")
def corpus() -> Path:
    """Return the folder of real snapshots beside the project; pass over the test without it."""
    if not CORPUS.is_dir():
        pytest.skip("the folder of real snapshots is not beside the project")
    return CORPUS
