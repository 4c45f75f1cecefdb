"""R18: changes of a source's schema; columns that come and go are one alert."""

import json
from collections.abc import Sequence
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.alerts import Finding
from tasks.alerts.evaluate import evaluate
from tasks.alerts.record_findings import record_findings
from tasks.alerts.rules.reading.rule_input import SchemaObservation
from tasks.alerts.rules.source_wide.part_changes import PartChange, SchemaState, part_changes
from tasks.vault.backends.memory_store import MemoryStore
from tests.alerts import read_alerts
from tests.ladder import CURRENT
from tests.schema_observations import DAY, daily, observed, with_kinds
from tests.thorough import examples

ALL = ("iso3", "doses", "cases")
GONE = "column 'doses' of allocations is gone"


def findings_in(observations: Sequence[SchemaObservation]) -> list[Finding]:
    """Return the findings in observations alone."""
    return evaluate([], shown_by="The list", schema_observations=observations)


def life(finding: Finding) -> list[tuple[str, str, str]]:
    """Return kind, vintage and severity of each event."""
    return [(event.kind, event.id, event.severity) for event in finding.events]


SEVERITIES = {
    "a new column": (ALL, (*ALL, "extra"), "low"),
    "one that nobody reads is gone": ((*ALL, "extra"), ALL, "low"),
    "one that comes and goes by declaration": (ALL, ("iso3", "doses"), "low"),
    "one that is read is gone": (ALL, ("iso3", "cases"), "high"),
    "a declared rename": (("iso3", "people"), ("iso3", "persons"), "medium"),
}


@pytest.mark.parametrize(("before", "now", "severity"), SEVERITIES.values(), ids=SEVERITIES.keys())
def test_severity_depends_on_what_is_read(
    before: Sequence[str], now: Sequence[str], severity: str
) -> None:
    """By what is read from the column, and by what its source declares."""
    [found] = findings_in(daily(before, now))
    assert life(found) == [("opened", "v1", severity)]


def test_a_read_column_of_another_kind_is_high() -> None:
    """And a blank one has no kind."""
    before, now = daily(ALL, ALL)
    for kind, count in (("text", 1), ("blank", 0)):
        found = findings_in([before, with_kinds(now, {"doses": kind})])
        assert [finding.events[0].severity for finding in found] == ["high"] * count


def test_the_sentence_names_a_few_and_counts_the_rest() -> None:
    """81 columns gone at once are one alert; all of them are in its evidence."""
    extra = [f"c{number}" for number in range(81)]
    [found] = findings_in(daily([*ALL, *extra], ALL))
    [event] = found.events
    assert found.dataset == "s.allocations"
    assert event.sentence == (
        "The list came in another shape on 2 Feb 2022: gone from allocations: columns 'c0', 'c1', "
        "'c2', 'c3', 'c4', 'c5', 'c6', 'c7' and 73 more. No figure is read from what changed."
    )
    assert len(event.evidence["moves"]) == 81
    assert event.evidence["compared_with"]["id"] == "v0"
    json.dumps(dict(event.evidence))


def test_the_sentence_names_the_figures_that_go_with_columns() -> None:
    """A reader who does not know the columns learns what is missing."""
    [found] = findings_in(daily(("iso3", "doses", "cases"), ("iso3", "doses")))
    assert found.events[0].sentence == (
        "The list came in another shape on 2 Feb 2022: gone from allocations: column 'cases'; so "
        "there is no figure any more for new cases."
    )


def test_a_flip_back_resolves_and_three_more_flips_are_reported() -> None:
    """One alert; the last step says that it comes and goes."""
    shapes = [ALL if day % 2 else (*ALL, "ind") for day in range(31)]
    [found] = findings_in(daily(*shapes))
    assert life(found) == [
        ("opened", "v1", "low"),
        ("resolved", "v2", "low"),
        ("updated", "v3", "low"),
        ("updated", "v4", "low"),
    ]
    assert found.events[-1].sentence.endswith("It comes and goes; that is not reported any more.")


def test_thirty_flips_are_one_alert_in_the_log() -> None:
    """Evaluated one by one or all at once."""
    observations = daily(*[ALL if day % 2 else (*ALL, "ind") for day in range(31)])
    store = MemoryStore()
    for count in range(1, len(observations) + 1):
        record_findings(
            store,
            findings_in(observations[:count]),
            source="s",
            origin="live",
            at=DAY,
            judged=CURRENT,
        )
    assert len(read_alerts(store)) == 1
    again = record_findings(
        store, findings_in(observations), source="s", origin="live", at=DAY, judged=CURRENT
    )
    assert again is not None
    assert not again.new


def test_a_change_beside_a_new_one_is_reported_with_it_alone() -> None:
    """A rename that is taken back is resolved, though what changed some days before it stays."""
    shapes = [
        (*ALL, "region"),
        (*ALL, "continent", "comment"),
        (*ALL, "continent", "remark"),
        (*ALL, "continent", "comment"),
        (*ALL, "region", "comment"),
    ]
    first, rename = findings_in(daily(*shapes))
    assert life(first) == [("opened", "v1", "low"), ("resolved", "v4", "low")]
    assert first.events[1].sentence.endswith(
        "Undone: the rest of it is as before in the version of 5 Feb 2022."
    )
    assert life(rename) == [("opened", "v2", "low"), ("resolved", "v3", "low")]
    assert rename.events[0].sentence == (
        "The list came in another shape on 3 Feb 2022: gone from allocations: column 'comment'; "
        "new in allocations: column 'remark'. No figure is read from what changed."
    )


def test_an_alert_resolves_when_another_takes_all_its_parts_over() -> None:
    """One is left open, with the severity of all its changes."""
    observations = daily(ALL, (*ALL, "people"), (*ALL, "persons"))
    first, second = findings_in(observations)
    assert life(first) == [("opened", "v1", "low"), ("resolved", "v2", "low")]
    assert first.events[1].sentence.endswith("It goes on with what changed on 3 Feb 2022.")
    assert life(second) == [("opened", "v2", "medium")]
    resolved = findings_in(daily(ALL, (*ALL, "a"), ALL, (*ALL, "a", "b")))
    assert [len(finding.events) for finding in resolved] == [2, 1]


def test_a_part_that_flips_too_often_stays_in_its_alert() -> None:
    """Something new beside it is an alert of its own that does not name it."""
    flips = [ALL if day % 2 else (*ALL, "ind") for day in range(5)]
    first, second = findings_in(daily(*flips, (*ALL, "x")))
    assert len(first.events) == 4
    assert life(second) == [("opened", "v5", "low")]
    assert "'ind'" not in second.events[0].sentence


def test_a_frozen_alert_keeps_its_parts_beside_a_new_change() -> None:
    """The alert on the broken contract ends with it."""
    lost = ("iso3", "cases")
    observations = [
        observed(0, ALL),
        observed(1, (*lost, "a"), GONE),
        observed(2, (*lost, "b"), GONE),
        observed(3, ALL),
    ]
    first, second = findings_in(observations)
    assert [kind for kind, _, _ in life(first)] == ["opened", "updated", "resolved"]
    assert life(second) == [("opened", "v2", "low"), ("resolved", "v3", "low")]


def test_a_known_column_that_breaks_the_contract_carries_the_guess() -> None:
    """The alert of that column continues, and names the possible new name."""
    lost = replace(observed(2, ("iso3", "cases"), GONE), guesses=("Perhaps.",))
    [found] = findings_in(
        [observed(0, ("iso3", "cases")), observed(1, ALL), lost, observed(3, ALL)]
    )
    assert [kind for kind, _, _ in life(found)] == ["opened", "escalated", "resolved"]
    assert found.events[1].sentence.endswith(" Perhaps.")
    assert "Perhaps." not in found.events[2].sentence


def test_text_after_blanks_is_another_kind() -> None:
    """What a column held is known while it is blank."""
    kinds = ("number", "blank", "blank", "text")
    observations = [
        with_kinds(observed(day, ALL), {"doses": kind}) for day, kind in enumerate(kinds)
    ]
    [found] = findings_in(observations)
    assert life(found) == [("opened", "v3", "high")]
    assert "column 'doses' is text and was number" in found.events[0].sentence


@settings(max_examples=examples(60))
@given(st.lists(st.sets(st.sampled_from(["ind", "X", "note"])), min_size=2, max_size=30))
def test_columns_that_come_and_go_make_no_more_alerts_than_there_are_columns(
    shapes: list[set[str]],
) -> None:
    """No change is reported twice, and later snapshots do not change earlier reports."""
    observations = daily(*[(*ALL, *sorted(extra)) for extra in shapes])
    everything = findings_in(observations)
    assert len(everything) <= 3
    assert all(len(finding.events) <= 3 + len(everything) for finding in everything)
    moves = [
        (event.id, move["name"])
        for finding in everything
        for event in finding.events
        if event.kind != "resolved"
        for move in event.evidence["moves"]
    ]
    assert len(moves) == len(set(moves))
    for count in range(1, len(observations)):
        ids = {one.id for one in observations[:count]}
        early = {one.fingerprint: life(one) for one in findings_in(observations[:count])}
        cut = {one.fingerprint: [e for e in life(one) if e[1] in ids] for one in everything}
        assert early == {print_: events for print_, events in cut.items() if events}


def test_a_frozen_source_is_reported_at_once_and_resolved_when_as_before() -> None:
    """High, in the words of the fault; further snapshots like it add nothing."""
    observations = [
        observed(0, ALL),
        observed(1, ("iso3", "cases", "number"), GONE),
        observed(2, ("iso3", "cases", "number"), GONE),
        observed(3, ALL),
    ]
    [found] = findings_in(observations)
    assert life(found) == [("opened", "v1", "high"), ("resolved", "v3", "high")]
    assert found.events[0].sentence == (
        f"The list broke its contract on 2 Feb 2022: {GONE}. "
        "Nothing is published until that is mapped or as before; what was published stays."
    )
    assert "as before and is published again" in found.events[1].sentence
    assert found.events[0].evidence["fault"] == f"s: {GONE}"


def test_a_frozen_source_that_is_mapped_is_resolved_by_the_newer_parser() -> None:
    """The refused snapshot is there twice: as it was refused, and as it is read now."""
    renamed = ("iso3", "cases", "number")
    observations = [observed(0, ALL), observed(1, renamed, GONE), observed(1, renamed, version=2)]
    [found] = findings_in(observations)
    assert life(found) == [("opened", "v1", "high"), ("resolved", "v1", "high")]
    assert "Mapped: the version of 2 Feb 2022 is read by parser 2." in found.events[1].sentence
    assert life(findings_in(observations[:2])[0]) == life(found)[:1]


def test_a_source_that_was_never_read_is_reported_as_frozen() -> None:
    """There is nothing to compare it with."""
    [found] = findings_in([observed(0, ("set", "unit"), GONE)])
    assert life(found) == [("opened", "v0", "high")]
    assert found.dataset == "s.allocations"
    assert found.events[0].previous_as_of is None


def test_shapes_of_two_parsers_are_not_compared() -> None:
    """Each is compared with the last one of its own."""
    observations = [observed(0, ALL), observed(1, (*ALL, "x"), version=2), observed(2, ALL)]
    assert findings_in(observations) == []


def test_a_known_column_that_freezes_its_source_goes_on_as_one_alert() -> None:
    """Its arrival was low; its removal is high."""
    observations = [
        observed(0, ("iso3", "cases")),
        observed(1, ALL),
        observed(2, ("iso3", "cases"), GONE),
        observed(3, ALL),
    ]
    [found] = findings_in(observations)
    assert life(found) == [
        ("opened", "v1", "low"),
        ("escalated", "v2", "high"),
        ("resolved", "v3", "high"),
    ]


def test_a_schema_that_stays_is_not_compared_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """However many snapshots have it; one that differs is compared, and so is the one after."""
    compared: list[object] = []

    def counted(before: SchemaState, now: SchemaState) -> list[PartChange]:
        compared.append(now)
        return part_changes(before, now)

    monkeypatch.setattr("tasks.alerts.rules.source_wide.schema_change.part_changes", counted)
    [found] = findings_in(daily(*[ALL] * 20, (*ALL, "extra"), *[ALL] * 20))
    assert [kind for kind, *_ in life(found)] == ["opened", "resolved"]
    assert len(compared) == 2
