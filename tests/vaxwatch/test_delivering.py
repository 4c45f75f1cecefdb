"""The commands `deliver` and `alerts test-target`, and what they leave in the lake."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from pytest_httpserver import HTTPServer

from tasks.alerts.published_alerts import publish_alerts
from tasks.alerts.record_findings import record_findings
from tasks.vault.backends.open_store import open_store
from tests.ladder import CURRENT
from tests.smtp_server import MailServer, mail_server
from tests.vaxwatch.lakes import CUT, NOW, RISE, Ask, alert_event, fill, finding

SECRET = "CANARYf00d"
TARGETS = """
[[targets]]
name = "newsroom"
url_env = "NEWSROOM_URL"

[[targets]]
name = "hook"
url = "alertmanager+http://127.0.0.1:{port}/hook"
"""
FALL = finding(
    "R2", "Sputnik", alert_event("opened", "2022-02-22", "critical", "It fell to 0.", after=0)
)


@pytest.fixture
def mails() -> Iterator[MailServer]:
    """Return a mail server that ends with the test."""
    with mail_server() as server:
        yield server


@pytest.fixture
def own(
    tmp_path: Path, httpserver: HTTPServer, monkeypatch: pytest.MonkeyPatch, mails: MailServer
) -> Path:
    """Return a lake of its own, with two targets configured."""
    fill(str(tmp_path / "own"))
    (tmp_path / "vaxwatch.toml").write_text(TARGETS.format(port=httpserver.port))
    monkeypatch.setenv("NEWSROOM_URL", mails.url.replace("mailto://", f"mailto://me:{SECRET}@"))
    return tmp_path / "own"


def record(lake: Path) -> None:
    """Record one more alert, as a run does."""
    store = open_store(str(lake))
    found = [CUT, RISE, FALL]
    record_findings(store, found, source="unicef_market", origin="live", at=NOW, judged=CURRENT)
    publish_alerts(store, on=NOW.date())


def written(lake: Path) -> bytes:
    """Return all bytes below the alerts of a lake."""
    files = (path for path in (lake / "alerts").rglob("*") if path.is_file())
    return b"".join(path.read_bytes() for path in files)


def test_alerts_are_delivered_and_shown(
    ask: Ask, own: Path, httpserver: HTTPServer, mails: MailServer
) -> None:
    """A new target begins; a dry run shows what is due; what is sent is sent once."""
    httpserver.expect_request("/hook").respond_with_data("")
    first = ask("deliver", at=own)
    assert (first.code, first.out.count("begins now")) == (0, 2)
    record(own)
    dry = ask("deliver", "--dry-run", at=own)
    assert dry.code == 0
    assert "would be sent: vaxwatch: [critical, unconfirmed] It fell to 0." in dry.out
    assert "vaxwatch alerts show" in dry.out
    assert mails.mails == []
    done = ask("deliver", "--json", at=own)
    assert done.code == 0
    assert [
        (one["target"], [message["state"] for message in one["messages"]]) for one in done.document
    ] == [("newsroom", ["sent"]), ("hook", ["sent"])]
    assert "nothing is due" in ask("deliver", at=own).out
    assert len(mails.mails) == 1
    assert len(httpserver.log) == 1
    assert SECRET.encode() not in written(own)


def test_what_waits_and_a_target_without_an_address_have_their_codes(
    ask: Ask, own: Path, httpserver: HTTPServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """3: something waits; 1: a target cannot be tried, and the others are."""
    httpserver.expect_request("/hook").respond_with_data("", status=503)
    ask("deliver", at=own)
    record(own)
    waits = ask("deliver", "--target", "hook", at=own)
    assert waits.code == 3
    assert "waits (HTTP status 503; not before" in waits.out
    monkeypatch.delenv("NEWSROOM_URL")
    unset = ask("deliver", at=own)
    assert unset.code == 1
    assert "the environment variable NEWSROOM_URL is not set" in unset.out


@pytest.mark.parametrize(
    ("body", "seen"),
    [
        ("{", "no JSON object"),
        ("{}", "other fields (KeyError: 'began')"),
        ('{"began": 1, "began_at": 3}', "other fields (TypeError"),
    ],
)
def test_a_damaged_index_stops_its_own_target_alone(
    ask: Ask, own: Path, httpserver: HTTPServer, body: str, seen: str
) -> None:
    """It is named; the other target gets its messages."""
    httpserver.expect_request("/hook").respond_with_data("")
    ask("deliver", at=own)
    record(own)
    (own / "alerts" / "outbox" / "targets" / "newsroom.json").write_text(body)
    answer = ask("deliver", "--json", at=own)
    assert answer.code == 1
    newsroom, hook = answer.document
    assert f"newsroom.json: seen {seen}" in newsroom["problem"]
    assert [one["state"] for one in hook["messages"]] == ["sent"]


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--target", "nobody"], "There is no target 'nobody'. There are: hook, newsroom."),
        (["--dry-run", "--again"], "--again sends, and --dry-run does not"),
    ],
)
def test_wrong_use_is_a_sentence(ask: Ask, own: Path, words: list[str], message: str) -> None:
    """With exit code 2."""
    answer = ask("deliver", *words, at=own)
    assert answer.code == 2
    assert message in answer.err


def test_without_targets_deliver_names_what_to_write(ask: Ask) -> None:
    """It is no silent success."""
    answer = ask("deliver")
    assert answer.code == 2
    assert "No target is configured. Write a [[targets]] table" in answer.err


def test_a_target_is_tried_with_a_marked_message(
    ask: Ask, own: Path, httpserver: HTTPServer, mails: MailServer
) -> None:
    """Past the outbox; a refusal is exit code 1, without the secrets of the address."""
    assert ask("alerts", "test-target", "newsroom", at=own).code == 0
    assert mails.mails[0]["Subject"] == "[Test] vaxwatch: a test of the target newsroom"
    mails.faults = ["refuse recipient"]
    refused = ask("alerts", "test-target", "newsroom", "--json", at=own)
    assert (refused.code, refused.document["sent"]) == (1, False)
    assert "550" in refused.document["why"]
    assert SECRET not in refused.out + refused.err
    httpserver.expect_request("/hook").respond_with_data("")
    assert ask("alerts", "test-target", "hook", at=own).code == 0
    body = json.loads(httpserver.log[0][0].data)
    assert body["alerts"][0]["labels"] == {"alertname": "vaxwatch-test"}
    assert not (own / "alerts" / "outbox").exists()


def test_a_secret_in_the_file_is_refused_by_config_check(ask: Ask, tmp_path: Path) -> None:
    """Without showing it."""
    (tmp_path / "vaxwatch.toml").write_text(
        f'[[targets]]\nname = "a"\nurl = "mailtos://me:{SECRET}@example.org"\n'
    )
    answer = ask("config", "check")
    assert answer.code == 2
    assert "its url has a secret in it" in answer.err
    assert SECRET not in answer.out + answer.err


def test_addresses_that_cannot_be_used_are_refused_by_config_check(
    ask: Ask, own: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each of them, also in a variable, and without showing it."""
    with (own.parent / "vaxwatch.toml").open("a") as file:
        file.write('[[targets]]\nname = "ops"\nurl_env = "OPS_URL"\n')
    monkeypatch.setenv("NEWSROOM_URL", f"nosuch://{SECRET}")
    monkeypatch.setenv("OPS_URL", f"alertmanager+http://[{SECRET}")
    answer = ask("config", "check", at=own)
    assert answer.code == 2
    assert "Target newsroom: apprise cannot read its address" in answer.err
    assert "Target ops: what follows the + of its address is no web address" in answer.err
    assert SECRET not in answer.out + answer.err


def test_targets_are_among_the_settings_that_config_check_shows(
    ask: Ask, own: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By the variable that has the address, or the address; such a variable is known."""
    text = (own.parent / "vaxwatch.toml").read_text().replace("NEWSROOM_URL", "VAXWATCH_DESK")
    (own.parent / "vaxwatch.toml").write_text(text)
    monkeypatch.setenv("VAXWATCH_DESK", f"json://127.0.0.1:9/{SECRET}")
    answer = ask("config", "check", "--json", at=own)
    shown = {one["name"]: (one["value"], one["set_by"]) for one in answer.document["settings"]}
    assert shown["targets.newsroom"] == ("VAXWATCH_DESK", "vaxwatch.toml")
    assert shown["targets.hook"][0].startswith("alertmanager+http://127.0.0.1:")
    assert SECRET not in answer.out


def test_feeds_are_verified_and_repaired(ask: Ask, own: Path, httpserver: HTTPServer) -> None:
    """As the alert tables are."""
    httpserver.expect_request("/hook").respond_with_data("")
    ask("deliver", at=own)
    right = (own / "alerts" / "open.csv").read_bytes()
    (own / "alerts" / "open.csv").write_bytes(b"x")
    (own / "alerts" / "feed.atom").unlink()
    assert faults(ask, own) == ["feed.atom", "open.csv"]
    ask("deliver", at=own)
    assert (own / "alerts" / "open.csv").read_bytes() == right
    assert faults(ask, own) == []


def faults(ask: Ask, lake: Path) -> list[str]:
    """Return the names of the feeds that are not right, by `verify --deep`."""
    problems = ask("verify", "--deep", "--json", at=lake).document["problems"]
    texts = (one["problem"] for one in problems)
    named = [text.split(" is not what the alert log gives") for text in texts]
    return sorted(text[0].rpartition("/")[2] for text in named if len(text) > 1)
