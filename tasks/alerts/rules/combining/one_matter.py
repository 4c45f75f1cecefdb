"""One matter, one alert: what several rules find about one country in one version is reported once.

Of the findings about one country that open in one version of a table, the one whose rule goes
first stays; evidence `also` of its first event lists the others. A finding that only takes back
what an earlier one reported is none: the earlier one ends at that version.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

from schemas.alerts import Severity
from tasks.alerts.rules.combining.covered_totals import Place, covered_totals
from tasks.alerts.rules.combining.returns import without_returns
from tasks.alerts.rules.model.episode import Episode, Step, whole
from tasks.alerts.rules.model.rule import Rule, SourceContext
from tasks.alerts.rules.model.rule_finding import finding_of
from tasks.alerts.rules.model.severity import at_most, rank

Found = tuple[Rule, Episode]
"""An episode and the rule that found it."""
ORDER: Final = (
    *(("R3",), ("R12",), ("R2", "R13"), ("R1", "R7"), ("R4",)),
    *(("R11", "R16"), ("R14",), ("R10", "R19"), ("R0",)),
)
"""Which rule reports a matter: those that go first. Other rules are about a state, not a change."""
PRECEDENCE: Final = {rule: place for place, rules in enumerate(ORDER) for rule in rules}
FALLS: Final = frozenset({"R1", "R2", "R7"})
RISES: Final = frozenset({"R0", "R11", "R12", "R19"})


def one_matter(source: SourceContext, found: Sequence[Found]) -> Iterator[Found]:
    """Yield the findings that stay, in their order.

    The severity of one that stays is at least that of what it stands for, as far as its rule goes;
    a swap (R3) and another name of a country (R13) keep their own. The milder one of a country's
    fall and a fall of its row stays beside the other, in its group.
    """
    found = without_returns(found)
    by_place: dict[Place, list[int]] = {}
    for number, (rule, episode) in enumerate(found):
        if rule.id in PRECEDENCE and "iso3" in episode.key:
            by_place.setdefault(_place(episode, episode.steps[0]), []).append(number)
    earlier = {
        place
        for place, numbers in by_place.items()
        if any(PRECEDENCE[found[n][0].id] <= PRECEDENCE["R16"] for n in numbers)
    }
    covered, totals = covered_totals(found, earlier)
    common = Counter((place[0], place[2], column) for place, column in _columns(found, by_place))
    staying: dict[int, Episode | None] = {}
    for place, numbers in by_place.items():
        counts = {
            found[n][1].column: common[place[0], place[2], found[n][1].column] for n in numbers
        }
        first, *others = sorted(numbers, key=lambda number: _first(found[number], counts))
        if others:
            staying |= _merged(source, found, first, others)
        if place in totals:
            staying[first] = _with_also(staying.get(first) or found[first][1], totals[place])
    gains = _matching_gains(found)
    for number, (rule, episode) in enumerate(found):
        stays = staying.get(number, episode)
        if stays and number not in covered and not _is_gain(rule, episode, gains):
            yield rule, stays


def _new_name(rule: Rule, episode: Episode) -> str | None:
    """Return the name under which the figures of a country appear now; None without one."""
    other = episode.steps[0].evidence.get("appears_as", {})
    return other["iso3"] if rule.id == "R13" and list(other) == ["iso3"] else None


def _matching_gains(found: Sequence[Found]) -> set[tuple[Place, str | None]]:
    """Return place and column of the gains of other countries that match a fall (R3).

    All gains of a country that was another name before: column is None.
    """
    gains: set[tuple[Place, str | None]] = set()
    for rule, one in found:
        gain = one.steps[0].evidence.get("matching_gain", {"key": one.key})["key"].get("iso3")
        iso3 = gain if gain != one.key.get("iso3") else None
        if other := iso3 or _new_name(rule, one):
            dataset, _, vintage = _place(one, one.steps[0])
            gains.add(((dataset, other, vintage), one.column if iso3 else None))
    return gains


def _is_gain(rule: Rule, episode: Episode, gains: set[tuple[Place, str | None]]) -> bool:
    opened = episode.steps[0]
    is_rise = rule.id in RISES and (opened.after or 0) > (opened.before or 0)
    if not is_rise:
        return False
    place = _place(episode, opened)
    return (place, episode.column) in gains or (place, None) in gains


def _place(episode: Episode, step: Step) -> Place:
    return episode.timeline.dataset, str(episode.key["iso3"]), episode.timeline.id[step.seq]


def _columns(
    found: Sequence[Found], by_place: Mapping[Place, Sequence[int]]
) -> Iterator[tuple[Place, str | None]]:
    for place, numbers in by_place.items():
        for column in {found[number][1].column for number in numbers}:
            yield place, column


def _first(one: Found, counts: Mapping[str | None, int]) -> tuple[Any, ...]:
    """Return the order of a finding in its matter: by rule, then how many countries, then size.

    A fall that is low yields to the drawdown that it deepens; another name goes before all.
    """
    rule, episode = one
    opened = episode.steps[0]
    yields = rule.id in FALLS and opened.severity == "low"
    lost = abs((opened.after or 0) - (opened.before or 0))
    order = PRECEDENCE["R4"] + 0.5 if yields else PRECEDENCE[rule.id]
    order = -1 if _new_name(rule, episode) else order
    is_common = -counts[episode.column]
    return order, is_common, -rank(opened.severity), len(episode.key), -lost, str(episode.key)


def _merged(
    source: SourceContext, found: Sequence[Found], first: int, others: Sequence[int]
) -> dict[int, Episode | None]:
    """Return what becomes of the findings of one matter; None: it does not stay."""
    rule, episode = found[first]
    head = finding_of(rule, episode, source.settings).fingerprint
    staying: dict[int, Episode | None] = {}
    for number in others:
        other_rule, other = found[number]
        if other_rule.id == "R0" and other.column != episode.column:
            continue
        if rule.id == other_rule.id == "R11":  # figures that cannot be are as many matters
            continue
        is_country = len(other.key) == 1 < len(episode.key) and other.column == episode.column
        is_beside = is_country and {rule.id, other_rule.id} <= FALLS
        staying[number] = replace(other, group=head) if is_beside else None
        episode = _with_country(episode, other) if is_beside else episode
        staying[first] = episode
    gone = [found[number] for number, one in staying.items() if one is None]
    if gone:
        staying[first] = _standing_for(rule, episode, gone)
    return staying


def _with_country(episode: Episode, country: Episode) -> Episode:
    """Return a row's finding, whose sentence also has that of its country."""
    opened, shown = episode.steps[0].sentence, f"{episode.timeline.shown_by} showed "
    whole_country = f"{opened} In all: {country.steps[0].sentence.removeprefix(shown)}"
    steps = [
        replace(step, sentence=step.sentence.replace(opened, whole_country))
        for step in episode.steps
    ]
    return replace(episode, steps=steps)


def _standing_for(rule: Rule, episode: Episode, gone: Sequence[Found]) -> Episode:
    worst: Severity = max((one.steps[0].severity for _, one in gone), key=rank)
    cap: Severity = max(rule.severities, key=rank)
    keeps_own = rule.id == "R3" or _new_name(rule, episode)
    least: Severity = "info" if keeps_own else at_most(worst, cap)
    steps = [replace(step, severity=max(step.severity, least, key=rank)) for step in episode.steps]
    return _with_also(replace(episode, steps=steps), [_record(*one) for one in gone])


def _with_also(episode: Episode, records: Sequence[Mapping[str, Any]]) -> Episode:
    """Return the episode whose first event lists further findings as evidence `also`."""
    first, *later = episode.steps
    also = [*first.evidence.get("also", ()), *records]
    opened = replace(first, evidence={**first.evidence, "also": also})
    return replace(episode, steps=[opened, *later])


def _record(rule: Rule, episode: Episode) -> dict[str, Any]:
    opened = episode.steps[0]
    return {
        "rule": rule.id,
        "key": {name: str(value) for name, value in episode.key.items()},
        "column": episode.column,
        "before": whole(opened.before),
        "after": whole(opened.after),
    }
