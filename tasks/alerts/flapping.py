"""Flapping: a figure whose alerts open and end again and again becomes one alert.

Promises: what is found up to a vintage depends on no later one. The alerts before the one that
makes it flapping stay as they were recorded.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import groupby
from typing import Final

from schemas.alerts import EventKind
from schemas.rule_settings import DEFAULTS
from tasks.alerts.rules.model.episode import ENDINGS, Episode, Step, Values
from tasks.alerts.rules.model.rule import Rule
from tasks.alerts.rules.model.rule_finding import finding_of
from tasks.alerts.rules.model.severity import rank

OPENINGS: Final = 3
"""The opening that makes a figure unstable, if the earlier ones have ended."""
VERSIONS: Final = 6
"""Versions within which the openings lie, and for which it is quiet once it is stable again."""
UNSTABLE: Final = "unstable"
Found = tuple[Rule, Episode]


@dataclass(slots=True)
class Spell:
    """Episodes of one figure that are one alert: `before` made it flapping, `parts` are in it."""

    before: Sequence[Episode]
    parts: list[Episode] = field(default_factory=list[Episode])

    def newest(self, upto: int) -> int:
        """Return the seq of the newest opening or end, as known at a seq."""
        known = [seq for one in self.parts for seq in (one.steps[0].seq, _end(one))]
        return max(seq for seq in known if seq is not None and seq <= upto)


def with_unstable(found: Sequence[Found]) -> list[Found]:
    """Return the episodes, with those of a flapping figure as one.

    It begins with the third opening within six versions, where the two before have ended, and takes
    in whatever opens before six versions were quiet.
    """
    ordered = sorted(found, key=_figure)
    result: list[Found] = []
    renamed: dict[str, str] = {}
    for _, same in groupby(ordered, key=_figure):
        pairs = sorted(same, key=lambda one: one[1].steps[0].seq)
        rule = pairs[0][0]
        for one in _merged([episode for _, episode in pairs]):
            if isinstance(one, Spell):
                unstable = _unstable(one)
                name = finding_of(rule, unstable, DEFAULTS).fingerprint
                renamed |= {finding_of(rule, it, DEFAULTS).fingerprint: name for it in one.parts}
                result.append((rule, unstable))
            else:
                result.append((rule, one))
    return [(rule, _regrouped(episode, renamed)) for rule, episode in result]


def _figure(found: Found) -> tuple[str, ...]:
    rule, episode = found
    key = str(sorted((name, str(value)) for name, value in episode.key.items()))
    return rule.id, episode.timeline.dataset, key, episode.column or "", episode.about


def _regrouped(episode: Episode, renamed: Mapping[str, str]) -> Episode:
    group = episode.group and renamed.get(episode.group)
    return replace(episode, group=group) if group else episode


def _end(episode: Episode) -> int | None:
    """Return the seq at which an episode ends; None where it has not."""
    last = episode.steps[-1]
    return last.seq if last.kind in ENDINGS else None


def _merged(episodes: Sequence[Episode]) -> Iterator[Episode | Spell]:
    """Yield the episodes of one figure; spells in place of those that they take in."""
    earlier: list[Episode] = []
    spell: Spell | None = None
    for episode in episodes:
        seq = episode.steps[0].seq
        if spell and seq - spell.newest(seq) <= VERSIONS:
            spell.parts.append(episode)
            continue
        if spell:
            yield spell
            spell, earlier = None, []
        ended = [one for one in earlier if (end := _end(one)) is not None and end <= seq]
        recent = [one for one in ended if seq - one.steps[0].seq < VERSIONS]
        if len(recent) >= OPENINGS - 1:
            spell = Spell(recent, [episode])
        else:
            earlier.append(episode)
            yield episode
    if spell:
        yield spell


def _unstable(spell: Spell) -> Episode:
    """Return the episode of a flapping figure."""
    first, timeline = spell.parts[0], spell.parts[0].timeline
    since = spell.before[0].steps[0].seq
    openings = [timeline.as_of[one.steps[0].seq].isoformat() for one in spell.before]
    steps: list[Step] = []
    for step in sorted((it for one in spell.parts for it in one.steps), key=lambda it: it.seq):
        is_opening = any(step is one.steps[0] for one in spell.parts)
        if is_opening:
            openings.append(timeline.as_of[step.seq].isoformat())
        flaps = {"unstable": {"openings": list(openings), "versions": VERSIONS}}
        shown = replace(step, evidence={**step.evidence, **flaps})
        if is_opening:
            steps.append(_opening(shown, len(openings), timeline.day(since), steps))
        elif step.kind not in ENDINGS:
            steps.append(shown)
    quiet = spell.newest(timeline.last) + VERSIONS
    if quiet <= timeline.last and all(_end(one) is not None for one in spell.parts):
        ended = max((one.steps[-1] for one in spell.parts), key=lambda it: it.seq)
        text = f"Quiet for {VERSIONS} versions on {timeline.day(quiet)}: the figure is stable."
        steps.append(steps[-1].then("resolved", quiet, "", after=ended.after))
        steps[-1] = replace(steps[-1], sentence=f"{ended.sentence} {text}")
    about = f"{UNSTABLE} {first.about}".strip()
    return replace(first, steps=steps, values=_values(spell.parts), about=about)


def _values(parts: Sequence[Episode]) -> Values:
    """Return the values of all episodes; a later one adds what is newer than the one before."""
    values, last = [*parts[0].values], parts[0].steps[-1].seq
    for part in parts[1:]:
        known = max([last, *(seq for seq, _ in values if seq is not None)])
        values += [(seq, value) for seq, value in part.values if seq is not None and seq > known]
        last = part.steps[-1].seq
    return values


def _opening(opened: Step, number: int, since: str, earlier: Sequence[Step]) -> Step:
    """Return the step for one more opening: the first opens the alert, a worse one escalates it."""
    text = (
        f"The figure is unstable: this is number {number} of such alerts since {since}. What comes "
        f"and goes is reported here until {VERSIONS} versions are quiet."
    )
    worst = max((rank(step.severity) for step in earlier), default=rank(opened.severity))
    kind: EventKind = "escalated" if rank(opened.severity) > worst else "updated"
    kind = kind if earlier else "opened"
    return replace(opened, kind=kind, sentence=f"{opened.sentence} {text}")
