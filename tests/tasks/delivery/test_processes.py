"""Senders as processes: killed between sending and receipt, and two at once."""

import json
import os
import signal
import subprocess
import sys
import threading
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from tasks.delivery.outbox_index import read_index
from tasks.delivery.receipts import LEASE, read_receipt
from tasks.vault.backends.folder_store import FolderStore
from tests.alert_entries import NOW, alert_event, append

PROGRAM = """
import sys
from datetime import datetime
from tasks.delivery.senders import send
from tasks.delivery.targets import Target
from tasks.vault.backends.folder_store import FolderStore
from tests.alert_entries import deliver
from pathlib import Path
folder, address, now, owner = sys.argv[1:]
deliver(FolderStore(Path(folder)), send, now=datetime.fromisoformat(now), owner=owner,
        address=address, target=Target(name="desk", url="x"))
"""
ROOT = Path(__file__).resolve().parents[3]

pytestmark = pytest.mark.long


def sender(folder: Path, address: str, now: datetime, owner: str) -> subprocess.Popen[bytes]:
    """Start a process that delivers once."""
    words = [sys.executable, "-c", PROGRAM, str(folder), address, now.isoformat(), owner]
    return subprocess.Popen(words, cwd=ROOT)


def ended(process: subprocess.Popen[bytes]) -> int:
    """Return the exit code of a process."""
    return process.wait(timeout=120)


def test_a_sender_killed_between_sending_and_receipt_is_made_up_for(
    tmp_path: Path, httpserver: HTTPServer
) -> None:
    """The next one sends the message again once the lease has run out, under the same key."""
    folder, store = tmp_path / "lake", FolderStore(tmp_path / "lake")
    arrived, killed = threading.Event(), threading.Event()
    keys: list[str] = []

    def take(request: Request) -> Response:
        keys.append(request.headers["Idempotency-Key"])
        arrived.set()
        killed.wait(60)
        return Response("")

    httpserver.expect_request("/hook").respond_with_handler(take)
    address = f"cloudevents+http://127.0.0.1:{httpserver.port}/hook"
    append(store, alert_event("old"))
    assert ended(sender(folder, address, NOW, "zeroth")) == 0
    append(store, alert_event("cut"))
    first = sender(folder, address, NOW, "first")
    assert arrived.wait(60)
    os.kill(first.pid, signal.SIGKILL)
    assert ended(first) == -signal.SIGKILL
    killed.set()
    assert ended(sender(folder, address, NOW + LEASE - timedelta(seconds=1), "early")) == 0
    assert len(keys) == 1
    assert ended(sender(folder, address, NOW + LEASE, "second")) == 0
    assert ended(sender(folder, address, NOW + 2 * LEASE, "third")) == 0
    assert len(keys) == 2
    assert keys[0] == keys[1]


def test_two_senders_at_once_send_each_message_once(tmp_path: Path, httpserver: HTTPServer) -> None:
    """Each has its leases; none of the messages is lost."""
    folder, store = tmp_path / "lake", FolderStore(tmp_path / "lake")
    titles: list[str] = []

    def take(request: Request) -> Response:
        titles.append(json.loads(request.data)["alerts"][0]["annotations"]["summary"])
        time.sleep(0.05)
        return Response("")

    httpserver.expect_request("/hook").respond_with_handler(take)
    address = f"alertmanager+http://127.0.0.1:{httpserver.port}/hook"
    append(store, alert_event("old"))
    assert ended(sender(folder, address, NOW, "zeroth")) == 0
    append(store, *(alert_event(f"cut {n}") for n in range(12)))
    both = [sender(folder, address, NOW, owner) for owner in ("first", "second")]
    assert [ended(process) for process in both] == [0, 0]
    assert sorted(titles) == sorted(f"The dashboard showed the cut {n}." for n in range(12))
    assert ended(sender(folder, address, NOW, "third")) == 0
    assert len(titles) == 12
    index = read_index(store, "desk")
    assert index
    assert not index.pending
    assert len(index.sent) == 12


def test_receipts_have_no_address(tmp_path: Path) -> None:
    """Nor does anything else in the lake, whatever fails."""
    folder, store = tmp_path / "lake", FolderStore(tmp_path / "lake")
    address = "alertmanager+http://user:CANARYpw@127.0.0.1:9/CANARYpath?token=CANARYtoken"
    append(store, alert_event("old"))
    now = datetime(2022, 2, 9, 10, tzinfo=UTC)
    assert ended(sender(folder, address, now, "zeroth")) == 0
    append(store, alert_event("cut"))
    assert ended(sender(folder, address, now, "first")) == 0
    index = read_index(store, "desk")
    assert index
    (name,) = index.pending
    assert "ConnectError" in read_receipt(store, "desk", name).error
    written = [blob.body for key in store.list("") if (blob := store.get(key))]
    assert not [body for body in written if b"CANARY" in body]
