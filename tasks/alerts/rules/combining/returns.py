"""Findings that only take back what an earlier one reported: the earlier one ends instead."""

from collections.abc import Collection, Mapping, Sequence
from typing import Final

from tasks.alerts.rules.model.episode import ENDINGS, Episode, Step, relative_change
from tasks.alerts.rules.model.rule import Rule
from tasks.alerts.rules.reading.figure_changes import NOTABLE

Found = tuple[Rule, Episode]
Place = tuple[str, str, str, str | None]
"""Dataset, iso3, id of the vintage, column."""
CHANGES: Final = frozenset({"R0", "R1", "R2", "R3", "R4", "R7", "R12", "R13", "R14", "R19"})
"""Rules about a change, which a later one can take back."""


def without_returns(found: Sequence[Found]) -> list[Found]:
    """Return the findings without those that are the end of an earlier one that stays."""
    changes = [one for rule, one in found if rule.id in CHANGES and "iso3" in one.key]
    ends: dict[Place, list[Episode]] = {}
    for episode in changes:
        if episode.steps[-1].kind in ENDINGS:
            ends.setdefault(_place(episode, episode.steps[-1]), []).append(episode)
    returns: set[int] = set()
    for episode in sorted(changes, key=lambda one: one.timeline.as_of[one.steps[0].seq]):
        if _is_return(episode, ends, returns):
            returns.add(id(episode))
    return [(rule, one) for rule, one in found if id(one) not in returns]


def _place(episode: Episode, step: Step) -> Place:
    timeline = episode.timeline
    return timeline.dataset, str(episode.key["iso3"]), timeline.id[step.seq], episode.column


def _is_return(
    episode: Episode, ends: Mapping[Place, Sequence[Episode]], returns: Collection[int]
) -> bool:
    """Return whether a figure is about where it was before an earlier finding that ends now.

    A fall that ends above that is a return, too.
    """
    opened = episode.steps[0]
    is_rise = (opened.after or 0) > (opened.before or 0)
    for earlier in ends.get(_place(episode, opened), ()):
        began = earlier.steps[0].seq
        known = [value for at, value in episode.values if at is None or at < began]
        change = relative_change(known[-1] if known else None, opened.after)
        if began < opened.seq and change is not None and id(earlier) not in returns:
            return change <= NOTABLE if is_rise else change >= -NOTABLE
    return False
