"""The commands ack, silence, unsilence and explain, with each of their messages."""

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import polars as pl
import pytest

from tests.vaxwatch.lakes import CUT, RISE, Ask, fill

SHORT = CUT.fingerprint[:12]
BY = ("--by", "Ana", "--reason", "We asked them.")


def today() -> date:
    """Return the day that it is now: a test run may go on past midnight."""
    return datetime.now(UTC).date()


@pytest.fixture
def own(ask: Ask, tmp_path: Path) -> Ask:
    """Return a command line on a lake of its own."""
    fill(str(tmp_path / "own"))
    return lambda *words: ask(*words, at=tmp_path / "own")


def state(own: Ask) -> str:
    """Return the state of the cut."""
    return own("alerts", "show", CUT.fingerprint, "--json").document["state"]


def test_alerts_are_acknowledged_and_that_is_taken_back(own: Ask, tmp_path: Path) -> None:
    """By the beginning of their fingerprints; the tables show it at once."""
    answer = own("alerts", "ack", SHORT, RISE.fingerprint, *BY)
    assert answer.code == 0
    assert f"{SHORT} R1 is acked.\n  It fell by 84.1 %. Seen twice.\n" in answer.out
    assert f"Acknowledged by Ana on {today()}: We asked them." in answer.out
    shown = pl.read_parquet(tmp_path / "own" / "alerts" / "alerts.parquet")
    assert set(shown["state"]) == {"acked"}
    assert "as before: nothing was recorded" in own("alerts", "ack", SHORT, *BY).out
    [undone] = own("alerts", "ack", SHORT, "--undo", *BY, "--json").document
    assert (undone["state"], undone["note"], undone["changed"]) == ("open", "", True)


def test_alerts_are_silenced_up_to_a_day(own: Ask) -> None:
    """Today is the first day that can be the last."""
    assert own("alerts", "silence", SHORT, "--until", str(today()), *BY).code == 0
    assert state(own) == "silenced"
    assert "1 alert, and 1 silenced." in own("alerts", "list").out
    assert own("alerts", "unsilence", SHORT, *BY).code == 0
    assert state(own) == "open"


def test_a_cause_is_recorded_with_its_address(own: Ask) -> None:
    """Without the secrets that an address may have."""
    url = "https://me:pw@example.org/phase-2?token=1"
    assert own("alerts", "explain", SHORT, *BY, "--url", url).code == 0
    shown = own("alerts", "show", SHORT)
    assert "[explained]" in shown.out
    assert "We asked them. https://example.org/phase-2?token=***" in shown.out
    assert "pw" not in shown.out
    assert own("alerts", "explain", SHORT, *BY, "--undo").code == 0
    assert state(own) == "open"


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["ack", "zz", *BY], "There is no alert 'zz'"),
        (["ack", "", *BY], "FINGERPRINT is empty"),
        (["ack", SHORT], "Missing option '--reason'"),
        (["ack", SHORT, "--reason", " \n "], "--reason has no text; expected 1 to 1,000"),
        (["ack", SHORT, "--reason", "x" * 1001], "--reason has 1,001 characters"),
        (["silence", SHORT, *BY], "Missing option '--until'"),
        (["silence", SHORT, *BY, "--until", "soon"], "--until is 'soon'; expected a day such as 2"),
        (["silence", SHORT, *BY, "--until", "2022-01-01"], "2022-01-01, which has passed"),
        (["explain", SHORT, *BY, "--url", "example.org"], "'example.org', which is no web address"),
        (["explain", SHORT, *BY, "--url", "http://[x"], "which is no address"),
    ],
)
def test_what_cannot_be_recorded_is_wrong_use(ask: Ask, words: list[str], message: str) -> None:
    """A sentence, and no change."""
    answer = ask("alerts", *words)
    assert (answer.code, message in " ".join(answer.err.split())) == (2, True)


def test_who_acts_is_the_login_name_where_there_is_one(
    own: Ask, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A user without one is asked for a name."""
    monkeypatch.setenv("LOGNAME", "somebody")
    assert "by somebody" in own("alerts", "ack", SHORT, "--reason", "Why.").out


def test_text_that_acts_on_a_terminal_is_recorded_as_text(own: Ask) -> None:
    """Wherever it is shown."""
    answer = own("alerts", "ack", SHORT, "--by", "A\x1b[31m\nB", "--reason", "w\x1bhy")
    assert "by A\\x1b[31m B on" in answer.out
    assert "\x1b" not in answer.out


def test_a_waiver_goes_on_silencing(own: Ask, tmp_path: Path) -> None:
    """Taking back a silence does not change the file of settings, and the answer says where."""
    until = today() + timedelta(days=3)
    (tmp_path / "vaxwatch.toml").write_text(
        f'[[waivers]]\nrule = "R1"\ndataset = "unicef_market.*"\nreason = "Agreed."\n'
        f'owner = "Bo"\nexpires = {until}\n'
    )
    own("alerts", "silence", SHORT, "--until", str(today()), *BY)
    answer = own("alerts", "unsilence", SHORT, *BY)
    assert f"Silenced until {until} by Bo: Agreed." in answer.out
    assert "A waiver silences it: take that out of vaxwatch.toml." in answer.out
