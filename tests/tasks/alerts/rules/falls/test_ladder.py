"""The figures that a dashboard showed for DPR Korea, step by step, and the findings of each."""

from datetime import UTC, datetime

import pytest

from schemas.alerts import Event, Finding
from tasks.alerts.evaluate import evaluate
from tests.rule_inputs import ALLOCATIONS, allocations, rule_input_of

LADDER = {
    "2021-11-29": [("PRK", "AstraZeneca", 6_826_800)],
    "2021-12-23": [("PRK", "AstraZeneca", 8_115_600)],
    "2022-02-10": [("PRK", "AstraZeneca", 1_288_800), ("PRK", "Covovax", 252_000)],
    "2022-02-22": [("PRK", "AstraZeneca", 1_288_800), ("PRK", "Covovax", 0)],
    "2022-04-01": [("PRK", "unspecified", 0)],
    "2022-04-12": [("PRK", "unspecified", 1_828_800)],
}
MINUS = "\u2212"


@pytest.fixture(scope="module")
def findings() -> list[Finding]:
    """Return what is found in all six vintages."""
    states = {day: allocations(rows, "doses_allocated") for day, rows in LADDER.items()}
    rule_input = rule_input_of("unicef_market.allocations", ALLOCATIONS, states)
    return evaluate([rule_input], shown_by="UNICEF's dashboard")


def one(findings: list[Finding], rule: str, day: str, *, grain: int = 1) -> Finding:
    """Return the only finding of a rule that opened on a day, at a grain of that many columns."""
    opened = datetime.fromisoformat(day).replace(tzinfo=UTC)
    found = [
        finding
        for finding in findings
        if finding.rule == rule and finding.events[0].as_of == opened and len(finding.key) == grain
    ]
    assert len(found) == 1
    return found[0]


def facts(event: Event) -> tuple:
    """Return what an event says in short."""
    return event.kind, event.severity, event.confidence, event.before, event.after


def test_nothing_else_is_found(findings: list[Finding]) -> None:
    """Six findings, in the order of their vintages; the first vintage has none.

    No drawdown opens: each fall is a cut of its version, whose evidence has the drawdown.
    """
    assert [(f.rule, f"{f.events[0].as_of:%m-%d}", len(f.key)) for f in findings] == [
        ("R0", "12-23", 1),
        ("R1", "02-10", 1),
        ("R1", "02-22", 1),
        ("R2", "02-22", 3),
        ("R2", "04-01", 1),
        ("R0", "04-12", 1),
    ]


def test_a_raise_is_information(findings: list[Finding]) -> None:
    """6,826,800 to 8,115,600 is R0, confirmed at once."""
    raised = one(findings, "R0", "2021-12-23")
    assert [facts(e) for e in raised.events] == [
        ("opened", "info", "confirmed", 6_826_800, 8_115_600)
    ]


def test_the_first_cut_is_critical_and_confirmed_by_the_next_vintage(
    findings: list[Finding],
) -> None:
    """8,115,600 to 1,540,800 is 81.0 percent; the parts are in the country's evidence."""
    opened, confirmed = one(findings, "R1", "2022-02-10").events
    assert facts(opened) == ("opened", "critical", "unconfirmed", 8_115_600, 1_540_800)
    assert opened.sentence == (
        "UNICEF's dashboard showed 1,540,800 doses allocated to Korea, DPR (PRK) on 10 Feb 2022; "
        f"8,115,600 in the version before ({MINUS}81.0 %)."
    )
    parts = [
        (part["key"]["product"], part["before"], part["after"]) for part in opened.evidence["parts"]
    ]
    assert parts == [("AstraZeneca", 8_115_600, 1_288_800), ("Covovax", None, 252_000)]
    assert facts(confirmed) == ("confirmed", "critical", "confirmed", 8_115_600, 1_288_800)


def test_the_second_cut_is_medium_and_names_the_part_and_the_drawdown(
    findings: list[Finding],
) -> None:
    """1,540,800 to 1,288,800 is 16.4 percent, with Covovax to 0, 84.1 below the peak."""
    opened = one(findings, "R1", "2022-02-22").events[0]
    assert facts(opened) == ("opened", "medium", "unconfirmed", 1_540_800, 1_288_800)
    assert opened.sentence == (
        "UNICEF's dashboard showed 1,288,800 doses allocated to Korea, DPR (PRK) on 22 Feb 2022; "
        f"1,540,800 in the version before ({MINUS}16.4 %), with Covovax 252,000 → 0. The drawdown "
        f"from the peak (8,115,600, first seen on 23 Dec 2021) is {MINUS}84.1 %."
    )


def test_a_product_at_zero_is_an_alert_of_its_own_when_it_is_worse(findings: list[Finding]) -> None:
    """Covovax 252,000 to 0 is high, where the country is medium; that its row goes is no news."""
    opened, confirmed = one(findings, "R2", "2022-02-22", grain=3).events
    assert facts(opened) == ("opened", "high", "unconfirmed", 252_000, 0)
    assert opened.sentence == (
        "UNICEF's dashboard showed 0 doses of Covovax allocated to Korea, DPR (PRK) on 22 Feb "
        f"2022; 252,000 in the version before ({MINUS}100.0 %). In all: 1,288,800 doses allocated "
        f"to Korea, DPR (PRK) on 22 Feb 2022; 1,540,800 in the version before ({MINUS}16.4 %), "
        "with Covovax 252,000 → 0. The drawdown from the peak (8,115,600, first seen on 23 Dec "
        f"2021) is {MINUS}84.1 %."
    )
    assert facts(confirmed) == ("confirmed", "high", "confirmed", 252_000, None)
    assert confirmed.sentence.endswith("Confirmed: the version of 1 Apr 2022 shows no figure.")


def test_a_withdrawal_is_reverted_by_the_next_figure_above_zero(findings: list[Finding]) -> None:
    """To 0 is critical and unconfirmed; ten days later it is undone."""
    opened, reverted = one(findings, "R2", "2022-04-01").events
    assert facts(opened) == ("opened", "critical", "unconfirmed", 1_288_800, 0)
    assert facts(reverted) == ("reverted", "critical", "unconfirmed", 1_288_800, 1_828_800)
    assert reverted.sentence.endswith("Undone: the version of 12 Apr 2022 shows 1,828,800.")


def test_a_rise_from_zero_is_information(findings: list[Finding]) -> None:
    """0 to 1,828,800 has no relative change."""
    raised = one(findings, "R0", "2022-04-12").events[0]
    assert facts(raised) == ("opened", "info", "confirmed", 0, 1_828_800)
    assert raised.rel_change is None


def test_the_drawdown_moves_in_the_evidence_of_the_cuts(findings: list[Finding]) -> None:
    """From the peak of December: 81.0 percent, 84.1, 100."""
    falls = (("R1", "2022-02-10"), ("R1", "2022-02-22"), ("R2", "2022-04-01"))
    evidence = [one(findings, rule, day).events[0].evidence for rule, day in falls]
    assert [round(one["drawdown"], 3) for one in evidence] == [-0.81, -0.841, -1.0]
    assert {one["peak_as_of"] for one in evidence} == {"2021-12-23T00:00:00+00:00"}


def test_the_milder_alert_of_one_fall_is_reported_with_the_other(findings: list[Finding]) -> None:
    """The country's cut of 22 February is in the group of its product's withdrawal."""
    product = one(findings, "R2", "2022-02-22", grain=3)
    assert one(findings, "R1", "2022-02-22").group == product.fingerprint
    assert product.group is None
