from tests.vaxwatch.lakes import CUT, RISE, Ask

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
]


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
    """Text from a sentence is never taken for markup; doubts are said."""
    answer = ask("alerts", "list")
    assert "2022-02-22 info It rose [a little]. [unconfirmed]" in answer.out
    assert "2 alerts." in answer.out
    assert "No alert." in ask("alerts", "list", "--state", "acked").out


def test_an_alert_is_shown_with_its_life_and_its_evidence(ask: Ask) -> None:
    """The beginning of a fingerprint is enough."""
    document = ask("alerts", "show", CUT.fingerprint[:10], "--json").document
    assert list(document) == [*NAMES, "events"]
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


def test_a_fingerprint_that_is_not_there_is_wrong_use(ask: Ask) -> None:
    """Known ones are named, and so are all that a short beginning fits."""
    answer = ask("alerts", "show", "zz")
    assert (answer.code, "There is no alert 'zz'" in answer.err) == (2, True)
    assert RISE.fingerprint[:12] in answer.err
    answer = ask("alerts", "show", "")
    assert (answer.code, "Give more digits" in answer.err) == (2, True)
