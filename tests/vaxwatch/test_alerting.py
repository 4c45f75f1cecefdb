from dataclasses import replace
from datetime import date
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import polars as pl
import pytest

from schemas.errors import WrongUse
from schemas.waivers import Waiver
from tasks.alerts.published_alerts import publish_alerts
from tasks.alerts.record_findings import record_findings
from tasks.vault.backends.open_store import open_store
from tests.ladder import CURRENT
from tests.vaxwatch.lakes import CUT, NOW, RISE, Ask, fill
from vaxwatch import open_lake
from vaxwatch.commands.alert_commands import alert_named

WAIVER = """
[[waivers]]
rule = "R1"
dataset = "unicef_market.*"
key = {product = "Astra*"}
reason = "Agreed with Gavi."
owner = "a@example.org"
expires = EXPIRES
"""

NAMES = [
    "fingerprint",
    "rule",
    "severity",
    "confidence",
    "state",
    "origin",
    "dataset",
    "key",
    "column",
    "before",
    "after",
    "change",
    "rel_change",
    "as_of",
    "previous_as_of",
    "group",
    "sentence",
    "opened_as_of",
    "note",
]
PROOF = ["siblings", "command", "runbook", "raw_rows"]


def test_alerts_have_the_contracted_shape(ask: Ask) -> None:
    """Each alert is an object with the names that programs rely on."""
    cut = {alert["fingerprint"]: alert for alert in ask("alerts", "list", "--json").document}[
        CUT.fingerprint
    ]
    assert list(cut) == NAMES
    assert cut["key"] == {"iso3": "PRK", "product": "AstraZeneca"}
    assert (cut["before"], cut["after"], cut["change"]) == (8_115_600, 1_288_800, -6_826_800)
    assert (cut["confidence"], cut["state"], cut["origin"]) == ("confirmed", "open", "replay")
    assert cut["as_of"] == "2022-02-10T00:00:00+00:00"


def test_alerts_can_be_chosen_by_severity_and_state(ask: Ask) -> None:
    """Each option may be repeated; both must hold."""

    def rules(*words: str) -> list[str]:
        return sorted(alert["rule"] for alert in ask("alerts", "list", "--json", *words).document)

    assert rules("--severity", "critical") == ["R1"]
    assert rules("--severity", "critical", "--severity", "info") == ["R0", "R1"]
    assert rules("--severity", "critical", "--state", "reverted") == []
    assert ask("alerts", "list", "--severity", "bad").code == 2


def test_alerts_are_drawn_with_their_sentences(ask: Ask) -> None:
    """Text from a sentence is never taken for markup; doubts are shown."""
    answer = ask("alerts", "list")
    assert "2022-02-22 info It rose [a little]. [unconfirmed]" in answer.out
    assert "2 alerts." in answer.out
    assert "No alert." in ask("alerts", "list", "--state", "acked").out


def test_an_alert_is_shown_with_its_life_and_its_evidence(ask: Ask) -> None:
    """The beginning of a fingerprint is enough."""
    document = ask("alerts", "show", CUT.fingerprint[:10], "--json").document
    assert list(document) == [*NAMES, "events", "waiver", "context", *PROOF]
    opened, confirmed = document["events"]
    assert (opened["kind"], confirmed["kind"]) == ("opened", "confirmed")
    assert opened["evidence"] == {"peak": 8_115_600}
    assert opened["previous_as_of"] == "2021-12-23T00:00:00+00:00"


def test_an_alert_is_drawn_with_its_life(ask: Ask) -> None:
    """A person sees every step and what proves it."""
    answer = ask("alerts", "show", CUT.fingerprint)
    assert "R1 on unicef_market.allocations: iso3 PRK, product AstraZeneca" in answer.out
    assert "confirmed by 20220222T000000Z" in answer.out
    assert "peak: 8115600" in answer.out


def test_the_alert_that_it_belongs_to_is_named(ask: Ask, tmp_path: Path) -> None:
    """With the command that shows it; an alert of its own has no such line."""
    uri = str(tmp_path / "own")
    fill(uri)
    part = replace(CUT, group=RISE.fingerprint)
    record_findings(
        open_store(uri),
        [part, RISE],
        source="unicef_market",
        origin="replay",
        at=NOW,
        judged=CURRENT,
    )
    publish_alerts(open_store(uri), on=NOW.date())
    shown = ask("alerts", "show", CUT.fingerprint, at=uri).out
    assert f"vaxwatch alerts show {RISE.fingerprint[:12]}" in " ".join(shown.split())
    assert "wider alert" not in ask("alerts", "show", RISE.fingerprint, at=uri).out


def test_a_fingerprint_that_is_not_there_is_wrong_use(ask: Ask) -> None:
    """Known ones are named, and so are all that a short beginning fits."""
    answer = ask("alerts", "show", "zz")
    assert (answer.code, "There is no alert 'zz'" in answer.err) == (2, True)
    assert RISE.fingerprint[:12] in answer.err
    answer = ask("alerts", "show", "")
    assert (answer.code, "FINGERPRINT is empty" in answer.err) == (2, True)
    both: Any = [SimpleNamespace(fingerprint=one) for one in ("3f2a9c", "3f7b10")]
    with pytest.raises(WrongUse, match=r"'3F' begins 2 fingerprints.*Give more digits"):
        alert_named(both, "3F")


@pytest.fixture
def waived(ask: Ask, tmp_path: Path) -> Ask:
    """Return a command line whose settings silence the cut."""
    (tmp_path / "vaxwatch.toml").write_text(WAIVER.replace("EXPIRES", "2999-12-31"))
    return ask


def test_a_silenced_alert_is_listed_but_is_no_news(waived: Ask) -> None:
    """It is marked, counted apart, can be chosen by its state, and keeps the contracted shape."""
    answer = waived("alerts", "list")
    assert "It fell by 84.1 %. Seen twice. [silenced]" in " ".join(answer.out.split())
    assert "1 alert, and 1 silenced." in answer.out
    assert answer.err == ""
    [silent] = waived("alerts", "list", "--json", "--state", "silenced").document
    assert list(silent) == NAMES
    assert silent["fingerprint"] == CUT.fingerprint


def test_who_silenced_an_alert_and_why_is_shown(waived: Ask) -> None:
    """Reason, owner and expiry; null for an alert that is not silenced."""
    reported = waived("alerts", "show", CUT.fingerprint).out
    assert "Silenced until 2999-12-31 by a@example.org: Agreed with Gavi." in reported
    waiver = waived("alerts", "show", CUT.fingerprint, "--json").document["waiver"]
    assert (waiver["rule"], waiver["key"]) == ("R1", {"product": "Astra*"})
    assert (waiver["reason"], waiver["expires"]) == ("Agreed with Gavi.", "2999-12-31")
    assert waived("alerts", "show", RISE.fingerprint, "--json").document["waiver"] is None


def test_an_expired_waiver_silences_nothing_and_has_a_note(ask: Ask, tmp_path: Path) -> None:
    """On standard error, so that the answer stays what it is."""
    (tmp_path / "vaxwatch.toml").write_text(WAIVER.replace("EXPIRES", "2021-12-31"))
    answer = ask("alerts", "list", "--json")
    assert {alert["state"] for alert in answer.document} == {"open"}
    assert answer.err == (
        "Waiver of R1 on unicef_market.* (product Astra*), owner a@example.org, expired on "
        "2021-12-31: what it silenced is reported again. Renew or remove it in vaxwatch.toml.\n"
    )


def test_repair_publishes_the_alerts_as_they_are_silenced(ask: Ask, tmp_path: Path) -> None:
    """What BI tools open says what the command line says."""
    waiver = WAIVER.replace("EXPIRES", "2999-12-31").replace('product = "Astra*"', 'iso3 = "PRK"')
    (tmp_path / "vaxwatch.toml").write_text(waiver)
    fill(str(tmp_path / "own"))
    assert ask("repair", at=tmp_path / "own").code == 0
    shown = pl.read_parquet(tmp_path / "own" / "alerts" / "alerts.parquet")
    listed = ask("alerts", "list", "--json", at=tmp_path / "own").document
    assert {*shown["state"]} == {"open", "silenced"}
    assert dict(shown.select("fingerprint", "state").iter_rows()) == {
        alert["fingerprint"]: alert["state"] for alert in listed
    }


def test_a_damaged_table_of_alerts_is_noticed(tmp_path: Path, ask: Ask) -> None:
    """The list is that of the log; one sentence has the next step, and the code asks for it."""
    own = tmp_path / "own"
    fill(str(own))
    whole = ask("alerts", "list", "--json", at=own)
    table = own / "alerts" / "alerts.parquet"
    table.write_bytes(table.read_bytes()[:-100])
    for words in (["list"], ["show", whole.document[0]["fingerprint"]]):
        answer = ask("alerts", *words, "--json", at=own)
        assert (whole.code, answer.code) == (0, 3)
        assert answer.err.count("vaxwatch repair") == answer.err.count("\n") == 1
    assert ask("alerts", "list", "--json", at=own).document == whole.document
    assert ask("repair", at=own).code == 0
    assert ask("alerts", "list", at=own).code == 0


def test_a_program_may_bring_waivers_of_its_own(lake: Path, waived: Ask) -> None:
    """The reader takes those of the settings, or those that it is given."""
    other = Waiver(rule="R0", dataset="*", reason="Known.", owner="a@example.org", expires=date.max)
    states = {
        "settings": open_lake(str(lake)).alerts(),
        "given": open_lake(str(lake), [other]).alerts(),
        "none": open_lake(str(lake), []).alerts(),
    }
    assert {name: it.filter(state="silenced")["rule"].to_list() for name, it in states.items()} == {
        "settings": ["R1"],
        "given": ["R0"],
        "none": [],
    }
