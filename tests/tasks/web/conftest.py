"""What tests of requests share."""

from types import SimpleNamespace

import pytest

from tasks.web import allowed_hosts, download, snapshot_requests
from tests.tasks.web.clock import Clock


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """Let the deadlines of requests go by a clock that stands still until the test moves it."""
    clock = Clock()
    monkeypatch.setattr(allowed_hosts, "monotonic", clock)
    for module in (download, snapshot_requests):
        monkeypatch.setattr(module, "time", SimpleNamespace(monotonic=clock))
    return clock
