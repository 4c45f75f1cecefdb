"""What tests of requests share."""

import pytest

from tests.tasks.web.clock import Clock


@pytest.fixture
def clock() -> Clock:
    """Return a clock that stands still until the test moves it."""
    return Clock()
