"""What a rule finds in many rows of one version at once becomes one episode."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from itertools import groupby
from typing import Any, Final

from schemas.alerts import Severity
from schemas.figure_wording import whom
from tasks.alerts.rules.model.episode import ENDINGS, Episode, Step, whole
from tasks.alerts.rules.model.severity import rank

NAMED: Final = 3
"""Rows that the sentence about many names."""
Sentence = Callable[[Sequence[Episode]], str]
"""Returns the sentence about the episodes that begin in one vintage, the weightiest first."""


def together(
    episodes: Sequence[Episode], *, least: float, about: str, sentence: Sentence
) -> Iterator[Episode]:
    """Yield the episodes of one table; those that begin in the same vintage as one, if many.

    `least`: so many countries are one. The weight of an episode is the difference of its figures
    before and after. The one about many resolves when more than half of them have ended.
    """
    for _, same in groupby(sorted(episodes, key=_order), key=lambda one: one.steps[0].seq):
        children = list(same)
        if countries(children) < least:
            yield from children
            continue
        firsts = [child.steps[0] for child in children]
        severity: Severity = max((one.severity for one in firsts), key=rank)
        opened = replace(
            firsts[0],
            since=min((one.since for one in firsts if one.since is not None), default=None),
            severity=severity,
            before=None,
            after=None,
            sentence=sentence(children),
            evidence={"count": len(children), "children": list(map(_child, children))},
        )
        yield Episode(
            timeline=children[0].timeline,
            key={},
            column=None,
            steps=[opened, *_end(children, opened)],
            about=about,
        )


def countries(children: Sequence[Episode]) -> int:
    """Return how many countries the episodes are about."""
    return len({child.key["iso3"] for child in children})


def name_of(child: Episode) -> str:
    """Return the country of an episode, with what else its key specifies."""
    return whom(child.key)


def _order(child: Episode) -> tuple[int, float, str]:
    first = child.steps[0]
    return first.seq, -abs((first.after or 0) - (first.before or 0)), str(dict(child.key))


def _child(child: Episode) -> dict[str, Any]:
    first = child.steps[0]
    return {
        "key": {name: str(value) for name, value in child.key.items()},
        "column": child.column,
        "before": whole(first.before),
        "after": whole(first.after),
        "sentence": first.sentence,
    }


def _end(children: Sequence[Episode], opened: Step) -> Iterator[Step]:
    ends = sorted(one.steps[-1].seq for one in children if one.steps[-1].kind in ENDINGS)
    if len(ends) * 2 > len(children):
        seq = ends[len(children) // 2]
        ended = sum(end <= seq for end in ends)
        on = children[0].timeline.day(seq)
        text = f"Over for {ended:,} of {len(children):,} by the version of {on}."
        yield opened.then("resolved", seq, text)
