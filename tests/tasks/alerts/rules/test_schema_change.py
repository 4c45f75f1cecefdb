"""R18: the shape of a source, and that what comes and goes is one alert."""

import json
from collections.abc import Sequence
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.alerts import Finding
from tasks.alerts.evaluate import evaluate
from tasks.alerts.record_findings import read_alerts, record_findings
from tasks.alerts.rules.schema_input import ColumnTrait, SchemaObservation
from tasks.vault.backends.memory_store import MemoryStore
from tests.schema_observations import DAY, line, look

ALL = ("iso3", "doses", "cases")
GONE = "column 'doses' of allocations is gone"


def told(schema_observations: Sequence[SchemaObservation]) -> list[Finding]:
    """Return what is found in looks alone."""
    return evaluate([], shown_by="The list", schema_observations=schema_observations)


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
def test_how_grave_a_change_is(before: Sequence[str], now: Sequence[str], severity: str) -> None:
    """By what is read from the column, and by what its source declares."""
    [found] = told(line(before, now))
    assert life(found) == [("opened", "v1", severity)]


def test_a_read_column_of_another_kind_is_high() -> None:
    """And a blank one has no kind."""
    before, now = line(ALL, ALL)
    for kind, count in (("text", 1), ("blank", 0)):
        traits = {
            **now.columns["allocations"],
            "doses": ColumnTrait(kind, "freeze", "doses_allocated"),
        }
        found = told([before, replace(now, columns={"allocations": traits})])
        assert [finding.events[0].severity for finding in found] == ["high"] * count


def test_the_sentence_names_a_few_and_counts_the_rest() -> None:
    """81 columns gone at once are one alert; all of them are in its evidence."""
    extra = [f"c{number}" for number in range(81)]
    [found] = told(line([*ALL, *extra], ALL))
    [event] = found.events
    assert found.dataset == "s.allocations"
    assert event.sentence == (
        "The list came in another shape on 2 Feb 2022: gone from allocations: columns 'c0', 'c1', "
        "'c2', 'c3', 'c4', 'c5', 'c6', 'c7' and 73 more. No figure is read from what changed."
    )
    assert len(event.evidence["moves"]) == 81
    assert event.evidence["compared_with"]["id"] == "v0"
    json.dumps(dict(event.evidence))


def test_what_flips_back_is_resolved_and_what_flips_on_is_told_three_times() -> None:
    """One alert; the last step says that it comes and goes."""
    shapes = [ALL if day % 2 else (*ALL, "ind") for day in range(31)]
    [found] = told(line(*shapes))
    assert life(found) == [
        ("opened", "v1", "low"),
        ("resolved", "v2", "low"),
        ("updated", "v3", "low"),
        ("updated", "v4", "low"),
    ]
    assert found.events[-1].sentence.endswith("It comes and goes; that is not told any more.")


def test_thirty_flips_are_one_alert_in_the_log() -> None:
    """However they are looked at: one by one, or all at once."""
    schema_observations = line(*[ALL if day % 2 else (*ALL, "ind") for day in range(31)])
    store = MemoryStore()
    for count in range(1, len(schema_observations) + 1):
        record_findings(store, told(schema_observations[:count]), source="s", origin="live", at=DAY)
    assert len(read_alerts(store)) == 1
    assert (
        record_findings(store, told(schema_observations), source="s", origin="live", at=DAY) == []
    )


def test_what_moves_beside_something_new_is_told_with_it_alone() -> None:
    """A rename that is taken back is resolved, though what changed some days before it stays."""
    shapes = [
        (*ALL, "region"),
        (*ALL, "continent", "comment"),
        (*ALL, "continent", "remark"),
        (*ALL, "continent", "comment"),
        (*ALL, "region", "comment"),
    ]
    first, rename = told(line(*shapes))
    assert life(first) == [("opened", "v1", "low"), ("resolved", "v4", "low")]
    assert first.events[1].sentence.endswith(
        "Undone: the rest of it is as before in the version of 5 Feb 2022."
    )
    assert life(rename) == [("opened", "v2", "low"), ("resolved", "v3", "low")]
    assert rename.events[0].sentence == (
        "The list came in another shape on 3 Feb 2022: gone from allocations: column 'comment'; "
        "new in allocations: column 'remark'. No figure is read from what changed."
    )


def test_an_alert_of_which_all_goes_on_with_something_new_is_over() -> None:
    """One is left open; it is as grave as all that it tells."""
    schema_observations = line(ALL, (*ALL, "people"), (*ALL, "persons"))
    first, second = told(schema_observations)
    assert life(first) == [("opened", "v1", "low"), ("resolved", "v2", "low")]
    assert first.events[1].sentence.endswith("It goes on with what changed on 3 Feb 2022.")
    assert life(second) == [("opened", "v2", "medium")]
    resolved = told(line(ALL, (*ALL, "a"), ALL, (*ALL, "a", "b")))
    assert [len(finding.events) for finding in resolved] == [2, 1]


def test_what_comes_and_goes_stays_where_it_is_told_of_no_more() -> None:
    """Something new beside it is an alert of its own, and names it not."""
    flips = [ALL if day % 2 else (*ALL, "ind") for day in range(5)]
    first, second = told(line(*flips, (*ALL, "x")))
    assert len(first.events) == 4
    assert life(second) == [("opened", "v5", "low")]
    assert "'ind'" not in second.events[0].sentence


def test_something_new_beside_what_is_frozen_leaves_that_as_it_is() -> None:
    """It goes on being frozen in the alert that said so."""
    lost = ("iso3", "cases")
    schema_observations = [
        look(0, ALL),
        look(1, (*lost, "a"), GONE),
        look(2, (*lost, "b"), GONE),
        look(3, ALL),
    ]
    first, second = told(schema_observations)
    assert [kind for kind, _, _ in life(first)] == ["opened", "updated", "resolved"]
    assert life(second) == [("opened", "v2", "low"), ("resolved", "v3", "low")]


def test_what_freezes_its_source_by_a_known_column_is_told_with_the_guess() -> None:
    """It goes on in the alert of that column, which names what the column may be called now."""
    lost = replace(look(2, ("iso3", "cases"), GONE), guesses=("Perhaps.",))
    [found] = told([look(0, ("iso3", "cases")), look(1, ALL), lost, look(3, ALL)])
    assert [kind for kind, _, _ in life(found)] == ["opened", "escalated", "resolved"]
    assert found.events[1].sentence.endswith(" Perhaps.")
    assert "Perhaps." not in found.events[2].sentence


def test_words_after_a_time_of_blanks_are_another_kind() -> None:
    """What a column held is known while it is blank."""
    kinds = ("number", "blank", "blank", "text")
    schema_observations = [
        replace(
            look(day, ALL),
            columns={
                "allocations": {
                    **look(day, ALL).columns["allocations"],
                    "doses": ColumnTrait(kind, "freeze", "doses_allocated"),
                }
            },
        )
        for day, kind in enumerate(kinds)
    ]
    [found] = told(schema_observations)
    assert life(found) == [("opened", "v3", "high")]
    assert "column 'doses' is text and was number" in found.events[0].sentence


@settings(max_examples=60)
@given(st.lists(st.sets(st.sampled_from(["ind", "X", "note"])), min_size=2, max_size=30))
def test_columns_that_come_and_go_make_no_more_alerts_than_there_are_columns(
    shapes: list[set[str]],
) -> None:
    """None is told twice, and what was said of the first snapshots stays with every later one."""
    schema_observations = line(*[(*ALL, *sorted(extra)) for extra in shapes])
    everything = told(schema_observations)
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
    for count in range(1, len(schema_observations)):
        ids = {one.id for one in schema_observations[:count]}
        early = {one.fingerprint: life(one) for one in told(schema_observations[:count])}
        cut = {one.fingerprint: [e for e in life(one) if e[1] in ids] for one in everything}
        assert early == {print_: events for print_, events in cut.items() if events}


def test_a_frozen_source_is_told_at_once_and_again_when_it_is_as_before() -> None:
    """High, in the words of the fault; further snapshots like it say nothing new."""
    schema_observations = [
        look(0, ALL),
        look(1, ("iso3", "cases", "number"), GONE),
        look(2, ("iso3", "cases", "number"), GONE),
        look(3, ALL),
    ]
    [found] = told(schema_observations)
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
    schema_observations = [look(0, ALL), look(1, renamed, GONE), look(1, renamed, version=2)]
    [found] = told(schema_observations)
    assert life(found) == [("opened", "v1", "high"), ("resolved", "v1", "high")]
    assert "Mapped: the version of 2 Feb 2022 is read by parser 2." in found.events[1].sentence
    assert life(told(schema_observations[:2])[0]) == life(found)[:1]


def test_a_source_that_was_never_read_is_told_as_frozen() -> None:
    """There is nothing to compare it with."""
    [found] = told([look(0, ("set", "unit"), GONE)])
    assert life(found) == [("opened", "v0", "high")]
    assert found.dataset == "s.allocations"
    assert found.events[0].previous_as_of is None


def test_shapes_of_two_parsers_are_not_compared() -> None:
    """Each is compared with the last one of its own."""
    schema_observations = [look(0, ALL), look(1, (*ALL, "x"), version=2), look(2, ALL)]
    assert told(schema_observations) == []


def test_a_known_column_that_freezes_its_source_goes_on_as_one_alert() -> None:
    """It was additive when it came; its going is grave by now."""
    schema_observations = [
        look(0, ("iso3", "cases")),
        look(1, ALL),
        look(2, ("iso3", "cases"), GONE),
        look(3, ALL),
    ]
    [found] = told(schema_observations)
    assert life(found) == [
        ("opened", "v1", "low"),
        ("escalated", "v2", "high"),
        ("resolved", "v3", "high"),
    ]
