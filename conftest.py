"""Examples in docstrings are looked for only where there are any, since that takes long."""

from collections.abc import Generator, Sequence
from pathlib import Path

import pytest
from _pytest.doctest import DoctestModule


@pytest.hookimpl(wrapper=True)
def pytest_collect_file(
    file_path: Path,
) -> Generator[None, Sequence[pytest.Collector], Sequence[pytest.Collector]]:
    """Leave out the docstrings of modules without an example."""
    found = yield
    if (
        any(isinstance(one, DoctestModule) for one in found)
        and b">>>" not in file_path.read_bytes()
    ):
        return [one for one in found if not isinstance(one, DoctestModule)]
    return found
