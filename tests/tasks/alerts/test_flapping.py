"""Flapping: a figure that comes and goes is one alert, until it is quiet."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime

from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.rule_settings import DEFAULTS
from tasks.alerts.flapping import with_unstable
from tasks.alerts.rules.model.episode import Episode, Step
from tasks.alerts.rules.model.rule_finding import finding_of
from tasks.alerts.rules.reading.rule_input import Timeline
from tasks.alerts.rules.registry import RULES
from tests.thorough import examples

(R1,) = [rule for rule in RULES if rule.id == "R1"]
Spans = Sequence[tuple[int, int | None]]


def timeline(count: int) -> Timeline:
    """Return a timeline with a vintage a day."""
    days = [datetime(2022, 1, day, tzinfo=UTC) for day in range(1, count + 1)]
    names = [f"v{number}" for number in range(count)]
    return Timeline(
        dataset="s.allocations",
        key=("iso3",),
        shown_by="It",
        id=names,
        as_of=days,
        sha256=names,
        source_url=names,
    )


def episodes(spans: Spans, count: int, severities: Sequence[str] = ()) -> list[Episode]:
    """Return episodes of one figure as known at the vintage number `count`, by opening and end."""
    found: list[Episode] = []
    for number, (opening, end) in enumerate(spans):
        if opening >= count:
            continue
        severity: object = severities[number] if severities else "medium"
        opened = Step(
            seq=opening,
            since=opening - 1,
            severity=severity,  # pyright: ignore[reportArgumentType]
            before=100,
            after=50,
            sentence=f"It fell in {opening}.",
        )
        ended = [opened.then("reverted", end, "Undone.", after=100)] if end and end < count else []
        found.append(
            Episode(
                timeline=timeline(count),
                key={"iso3": "PRK"},
                column="doses_allocated",
                steps=[opened, *ended],
            )
        )
    return found


def merged(spans: Spans, count: int, severities: Sequence[str] = ()) -> list[Episode]:
    """Return the episodes with the flapping ones as one, by their opening."""
    found = [(R1, one) for one in episodes(spans, count, severities)]
    return sorted((one for _, one in with_unstable(found)), key=lambda it: it.steps[0].seq)


def kinds(episode: Episode) -> list[tuple[str, int]]:
    """Return kind and seq of each step."""
    return [(step.kind, step.seq) for step in episode.steps]


def test_the_third_opening_within_six_versions_is_one_alert_until_it_is_quiet() -> None:
    """The first two stay as they are; further ones update it; six quiet versions resolve it."""
    spans = [(1, 2), (3, 4), (5, 6), (8, 9), (12, 13)]
    first, second, unstable = merged(spans, 25, ["medium", "medium", "medium", "high", "medium"])
    assert (kinds(first), kinds(second)) == (
        [("opened", 1), ("reverted", 2)],
        [("opened", 3), ("reverted", 4)],
    )
    assert kinds(unstable) == [("opened", 5), ("escalated", 8), ("updated", 12), ("resolved", 19)]
    assert unstable.about == "unstable"
    opened, *_, last = unstable.steps
    assert opened.sentence.startswith(
        "It fell in 5. The figure is unstable: this is number 3 of such alerts since 2 Jan 2022."
    )
    assert last.sentence.endswith("Quiet for 6 versions on 20 Jan 2022: the figure is stable.")
    assert last.after == 100
    assert len(last.evidence["unstable"]["openings"]) == 5


def test_what_stands_or_is_far_apart_is_not_flapping() -> None:
    """Cuts that stay are a decline; two in six versions are two."""
    assert len(merged([(1, None), (3, None), (5, None)], 9)) == 3
    assert len(merged([(1, 2), (4, 5), (7, 8)], 9)) == 3


def test_after_the_quiet_a_new_alert_opens() -> None:
    """In the seventh version; in the sixth it goes on."""
    spans = [(1, 2), (3, 4), (5, 6)]
    assert len(merged([*spans, (13, 14)], 20)) == 4
    assert len(merged([*spans, (12, 13)], 20)) == 3


def test_an_unstable_figure_that_stays_down_stays_open() -> None:
    """No quiet resolves a fall that stands; its end does, six versions later."""
    spans = [(1, 2), (3, 4), (5, None)]
    assert kinds(merged(spans, 25)[-1]) == [("opened", 5)]
    assert kinds(merged([*spans[:2], (5, 15)], 25)[-1]) == [("opened", 5), ("resolved", 21)]


STEPS = st.lists(st.tuples(st.integers(1, 4), st.integers(1, 9)), max_size=8)


@settings(max_examples=examples(150))
@given(STEPS)
def test_later_vintages_change_nothing(gaps: list[tuple[int, int]]) -> None:
    """What is found up to a vintage is what is found with all, cut to it."""
    spans, at = [], 0
    for gap, length in gaps:
        at += gap
        spans.append((at, at + length if length < 8 else None))
    count = min(at + 12, 28)
    everything = [kinds(one) for one in merged(spans, count)]
    for upto in range(1, count):
        cut = [[step for step in one if step[1] < upto] for one in everything]
        known = [kinds(one) for one in merged(spans, upto)]
        assert known == [one for one in cut if one]


def test_a_group_that_flaps_keeps_its_children() -> None:
    """Their group is the fingerprint of the one alert."""
    groups = [(R1, one) for one in episodes([(1, 2), (3, 4), (5, 6)], 9)]
    name = finding_of(R1, groups[-1][1], DEFAULTS).fingerprint
    child = replace(groups[-1][1], key={"iso3": "ERI"}, group=name)
    found = with_unstable([*groups, (R1, child)])
    (unstable,) = [one for _, one in found if one.about]
    (now,) = [one for _, one in found if one.group]
    assert now.group == finding_of(R1, unstable, DEFAULTS).fingerprint != name
