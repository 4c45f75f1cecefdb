"""The last mile, to real servers on loopback: mail, webhooks, Alertmanager, CloudEvents."""

import json
import socket
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from datetime import datetime
from threading import Thread
from typing import Any

import pytest
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from tasks.alerts.alert_log import alert_log
from tasks.delivery import senders, webhook_sender
from tasks.delivery.apprise_sender import fit, plugin_of
from tasks.delivery.machine_payloads import event_uuid
from tasks.delivery.message_text import Rendered, rendered
from tasks.delivery.messages import Message
from tasks.delivery.numbered_events import lives_of
from tasks.delivery.send_failed import SendFailed
from tasks.delivery.senders import send
from tasks.delivery.targets import Target
from tasks.vault.backends.memory_store import MemoryStore
from tests.alert_entries import HOUR, NOW, Inbox, alert_event, append, deliver, states
from tests.smtp_server import MailServer, mail_server

DESK = Target(name="desk", url_env="DESK")
EVIL = "The <b>page</b> & co\r\nBcc: all@example.org\x1b[31m\u202e showed \x00 0."
EVIDENCE = {
    "vintage": {
        "as_of": "2022-02-10T00:00:00+00:00",
        "raw": "raw/unicef_market/fetches/b.json",
        "source_url": "https://me:pw@example.org/page?token=abc",
    },
    "compared_with": {
        "as_of": "2021-12-23T00:00:00+00:00",
        "raw": "raw/unicef_market/fetches/a.json",
    },
}


@pytest.fixture
def mails() -> Iterator[MailServer]:
    """Return a mail server that ends with the test."""
    with mail_server() as server:
        yield server


@pytest.fixture
def store() -> MemoryStore:
    """Return a lake with one alert that the target does not know of yet."""
    store = MemoryStore("lake")
    append(store, alert_event("old"))
    deliver(store, Inbox(), target=DESK)
    append(store, alert_event("cut", sentence=EVIL, evidence=EVIDENCE))
    return store


def test_a_mail_has_text_and_html_and_the_id_of_its_message(
    store: MemoryStore, mails: MailServer
) -> None:
    """Text from outside forges no header and no markup; no secret of a page is shown."""
    report = deliver(store, send, target=DESK, address=mails.url)
    (line,), (mail,) = report.of("sent"), mails.mails
    assert mail["Message-ID"] == f"<{line.id}@example.org>"
    assert mail.get_all("Message-ID") == [mail["Message-ID"]]
    assert mails.recipients == [["desk@example.org"]]
    assert (mail["To"], mail["Bcc"]) == ("desk@example.org", None)
    assert mail["From"] == "vaxwatch <vaxwatch@example.org>"
    assert mail["Subject"].startswith("vaxwatch: [critical, unconfirmed] The <b>page</b> & co Bcc:")
    text, html = (mail.get_body((kind,)) for kind in ("plain", "html"))
    assert text
    assert html
    plain, page = text.get_content(), html.get_content()
    assert plain.splitlines()[0].startswith("The <b>page</b> & co")
    assert "UNCONFIRMED" in plain
    assert "lake/raw/unicef_market/fetches/a.json (23 Dec 2021)" in plain
    assert "docs/rules.md#r1" in plain
    assert len(plain.splitlines()) <= 24
    assert "The &lt;b&gt;page&lt;/b&gt; &amp; co" in page
    assert not {"\x00", "\x1b", "\u202e"} & set(plain + page)
    assert "pw@" not in plain + page
    assert "abc" not in plain + page


@pytest.mark.parametrize(
    ("fault", "reason"),
    [
        ("refuse recipient", "550"),
        ("refuse data", "451"),
        ("cut in data", "Connection unexpectedly closed"),
        ("silence", "timed out"),
    ],
)
def test_a_mail_that_was_not_accepted_is_sent_again_under_its_id(
    store: MemoryStore, mails: MailServer, fault: str, reason: str
) -> None:
    """Whether the server refuses, is silent, or cuts the connection within the mail."""
    mails.faults = [fault]
    (line,) = deliver(store, send, target=DESK, address=mails.url).of("waits")
    assert reason in line.why
    assert mails.mails == []
    (again,) = deliver(store, send, now=NOW + HOUR, target=DESK, address=mails.url).of("sent")
    assert again.id == line.id
    assert len(mails.mails) == 1
    assert states(deliver(store, send, now=NOW + 2 * HOUR, target=DESK, address=mails.url)) == {}


def test_a_mail_whose_acceptance_was_not_heard_comes_twice_under_one_id(
    store: MemoryStore, mails: MailServer
) -> None:
    """At least once: the receiver can recognise the repeat."""
    mails.faults = ["cut after data"]
    assert deliver(store, send, target=DESK, address=mails.url).of("waits")
    assert deliver(store, send, now=NOW + HOUR, target=DESK, address=mails.url).of("sent")
    first, second = mails.mails
    assert first["Message-ID"] == second["Message-ID"]
    assert first["Date"] == second["Date"]


def test_a_picture_is_attached(mails: MailServer) -> None:
    """A PNG, beside text and HTML."""
    message = _rendered(picture=b"\x89PNG")
    send(DESK, mails.url, message)
    (picture,) = mails.mails[0].iter_attachments()
    assert (picture.get_content_type(), picture.get_content()) == ("image/png", b"\x89PNG")


def _rendered(**own: Any) -> Rendered:
    message = rendered(
        Message(kind="heartbeat", due_at=NOW, about="2022-02-07"),
        [],
        target="desk",
        lake="lake",
        states={},
    )
    return replace(message, **own)


@pytest.mark.parametrize("scheme", ["json", "alertmanager+http"])
def test_a_receiver_that_answers_a_byte_now_and_then_is_a_failure(
    scheme: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No read of its answer times out, and the run ends all the same."""
    monkeypatch.setattr(senders, "AT_MOST", 1.5)
    with socket.create_server(("127.0.0.1", 0)) as server:

        def drip() -> None:
            connection, _ = server.accept()
            with connection, suppress(OSError):
                connection.sendall(b"HTTP/1.1 200 OK\r\nX: ")
                for _ in range(100):
                    connection.sendall(b"x")
                    time.sleep(0.2)

        Thread(target=drip, daemon=True).start()
        address = f"{scheme}://127.0.0.1:{server.getsockname()[1]}/T0KENT0KEN"
        with pytest.raises(SendFailed, match=r"no end within 1\.5 seconds"):
            send(DESK, address, _rendered())


CHAT = "mmost://127.0.0.1:{}/3ccdd113474722377935511fc85d3dd4"


def test_a_text_that_is_too_long_for_a_chat_comes_in_parts(httpserver: HTTPServer) -> None:
    """The service refuses long ones; it gets every line, and calls nobody."""
    rows = [f"- high: @everyone in <!channel> sees row {n} {'x' * 90}" for n in range(60)]
    texts: list[str] = []

    def answer(request: Request) -> Response:
        texts.append(json.loads(request.data)["text"])
        return Response("", status=200 if len(texts[-1]) <= 4_000 else 400)

    httpserver.expect_request("/hooks/3ccdd113474722377935511fc85d3dd4").respond_with_handler(
        answer
    )
    send(DESK, CHAT.format(httpserver.port), _rendered(text="\n".join(rows)))
    assert len(texts) >= 2
    assert all(f"row {n} " in "".join(texts) for n in range(60))
    assert "@everyone" not in "".join(texts)


@pytest.mark.parametrize(
    ("address", "mode"),
    [
        (f"discord://111111111111111111/{'a' * 60}", "split"),
        ("tgram://123456789:abcdefg_hijklmnop/12315544/", "split"),
        ("d7sms://token@15551231234", "truncate"),
        (f"discord://111111111111111111/{'a' * 60}?overflow=upstream", "upstream"),
    ],
)
def test_how_a_long_text_is_sent_depends_on_the_service(address: str, mode: str) -> None:
    """Unless the address states it."""
    plugin = plugin_of(address)
    fit(plugin, address)
    assert plugin.overflow_mode == mode


@pytest.mark.parametrize("scheme", ["json", "alertmanager+http", "cloudevents+http"])
@pytest.mark.parametrize("status", [400, 404, 429, 500, 503])
def test_a_webhook_that_refuses_gets_the_message_again(
    store: MemoryStore, httpserver: HTTPServer, scheme: str, status: int
) -> None:
    """With the same idempotency key."""
    keys: list[str] = []

    def answer(request: Request) -> Response:
        keys.append(request.headers["Idempotency-Key"])
        return Response("no", status=status if len(keys) == 1 else 200)

    httpserver.expect_request("/hook").respond_with_handler(answer)
    address = f"{scheme}://127.0.0.1:{httpserver.port}/hook"
    (line,) = deliver(store, send, target=DESK, address=address).of("waits")
    assert str(status) in line.why or "error" in line.why.lower()
    assert deliver(store, send, now=NOW + HOUR, target=DESK, address=address).of("sent")
    assert len(keys) == 2
    assert keys[0] == keys[1]


def test_a_webhook_that_is_silent_or_closed_is_a_failure(
    httpserver: HTTPServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After the time-out; the path of the address, which may be a secret, is not shown."""
    monkeypatch.setattr(webhook_sender, "SECONDS", 0.2)
    httpserver.expect_request("/T0KEN").respond_with_handler(
        lambda _: time.sleep(1) or Response("")
    )
    address = f"alertmanager+http://user:pass1234@127.0.0.1:{httpserver.port}/T0KEN"
    with pytest.raises(SendFailed, match="ReadTimeout"):
        send(DESK, address, _rendered())
    with pytest.raises(SendFailed) as error:
        send(DESK, "alertmanager+http://user:pass1234@127.0.0.1:9/T0KEN", _rendered())
    assert "ConnectError" in str(error.value)
    assert not {"pass1234", "T0KEN"} & set(str(error.value).replace("/", " ").split())
    httpserver.clear()


def test_alertmanager_gets_version_4_of_its_webhook(
    store: MemoryStore, httpserver: HTTPServer
) -> None:
    """All fields that on-call tools read; an alert that has ended is resolved."""
    bodies: list[dict[str, Any]] = []

    def take(request: Request) -> Response:
        bodies.append(json.loads(request.data))
        return Response("")

    httpserver.expect_request("/hook").respond_with_handler(take)
    address = f"alertmanager+http://127.0.0.1:{httpserver.port}/hook"
    deliver(store, send, target=DESK, address=address)
    append(store, alert_event("cut", "reverted"))
    deliver(store, send, now=NOW + HOUR, target=DESK, address=address)
    firing, resolved = bodies
    assert set(firing) == {
        *("version", "groupKey", "truncatedAlerts", "status", "receiver", "groupLabels"),
        *("commonLabels", "commonAnnotations", "externalURL", "alerts"),
    }
    assert (firing["version"], firing["status"], resolved["status"]) == ("4", "firing", "resolved")
    (alert,), (end,) = firing["alerts"], resolved["alerts"]
    assert set(alert) == {
        *("status", "labels", "annotations", "startsAt", "endsAt", "generatorURL", "fingerprint")
    }
    assert (
        alert["labels"]
        == end["labels"]
        == {
            "alertname": "R1",
            "severity": "critical",
            "source": "unicef_market",
            "iso3": "PRK",
            "dataset": "unicef_market.allocations",
            "column": "doses_allocated",
        }
    )
    assert alert["fingerprint"] == end["fingerprint"]
    assert alert["generatorURL"] == "https://example.org/page?token=***"
    assert alert["startsAt"] == end["startsAt"]
    assert firing["groupKey"] == resolved["groupKey"]


def test_alerts_that_share_a_message_are_closed_each_by_its_own_end(
    store: MemoryStore, httpserver: HTTPServer
) -> None:
    """What is still open after a week comes as one payload each, under the keys of before."""
    bodies: list[tuple[str, dict[str, Any]]] = []

    def take(request: Request) -> Response:
        bodies.append((request.headers["Idempotency-Key"], json.loads(request.data)))
        return Response("")

    def sent(now: datetime) -> dict[str, dict[str, Any]]:
        bodies.clear()
        deliver(store, send, now=now, target=DESK, address=address)
        return {body["groupKey"]: body for _, body in bodies}

    httpserver.expect_request("/hook").respond_with_handler(take)
    address = f"alertmanager+http://127.0.0.1:{httpserver.port}/hook"
    append(store, alert_event("other"))
    opened = sent(NOW)
    again = sent(NOW + 8 * 24 * HOUR)
    assert len(opened) == 2
    assert opened.keys() == again.keys()
    assert len({key for key, _ in bodies}) == 2
    assert [len(body["alerts"]) for body in again.values()] == [1, 1]
    later = {"first_seen": (NOW - HOUR).isoformat()}
    append(store, alert_event("other", "resolved", evidence=later), at=NOW + 9 * 24 * HOUR)
    (name, end), *_ = sent(NOW + 9 * 24 * HOUR).items()
    assert end["status"] == "resolved"
    assert end["alerts"][0]["startsAt"] == opened[name]["alerts"][0]["startsAt"]


def test_each_event_is_one_cloud_event_under_an_id_of_its_own(
    store: MemoryStore, httpserver: HTTPServer
) -> None:
    """Structured JSON; the same event has the same id for every receiver."""
    append(store, alert_event("fall"))
    got: list[tuple[str, dict[str, str]]] = []

    def take(request: Request) -> Response:
        got.append((request.content_type, json.loads(request.data)))
        return Response("")

    httpserver.expect_request("/in").respond_with_handler(take)
    address = f"cloudevents+http://127.0.0.1:{httpserver.port}/in"
    deliver(store, send, target=DESK, address=address)
    assert {kind for kind, _ in got} == {"application/cloudevents+json"}
    lives = lives_of(alert_log(store).complete())
    ids = {str(event_uuid(life[0])) for life in lives.values()}
    assert {event["id"] for _, event in got} < ids
    for _, event in got:
        assert (event["specversion"], event["source"]) == ("1.0", "/vaxwatch/unicef_market")
        assert event["type"] == "org.vaxwatch.alert.opened.v1"
        assert event["subject"] == "unicef_market.allocations/PRK"
