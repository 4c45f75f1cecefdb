"""Two minutes of what `make soak` does for thirty."""

import pytest

from tests.stack.soak import soak
from tests.stack.soak_report import memories
from tests.stack.stack import Stack

pytestmark = [pytest.mark.slow, pytest.mark.server, pytest.mark.long]


def test_nothing_is_lost_and_no_program_grows(stack: Stack) -> None:
    """Whether it keeps up depends on what else the machine does, and is no part of this."""
    found = soak(stack, seconds=120, every=30)
    assert (found.lost, found.doubled, found.ended) == ([], [], [])
    assert found.published == found.fetched >= 2
    assert not [one for one in memories(found) if one.grows]
