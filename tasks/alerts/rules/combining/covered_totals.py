"""Wrong totals of several countries, each of which another alert of the same version is about.

R16 reports countries that begin in one version as one alert, which has no country of its own.
"""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from tasks.alerts.rules.model.episode import Episode
from tasks.alerts.rules.model.rule import Rule

Place = tuple[str, str, str]
"""Dataset, iso3, and id of the vintage."""
Record = Mapping[str, Any]


def covered_totals(
    found: Sequence[tuple[Rule, Episode]], places: Collection[Place]
) -> tuple[set[int], dict[Place, list[Record]]]:
    """Return which findings give way, by their number, and what they are about at each place.

    `places`: where findings open that go before them. The records are as evidence `also` lists
    them: rule, key, column, before [the sum of the parts], after.
    """
    gone: set[int] = set()
    records: dict[Place, list[Record]] = {}
    for number, (rule, episode) in enumerate(found):
        opened, timeline = episode.steps[0], episode.timeline
        children = opened.evidence.get("children", ()) if rule.id == "R16" else ()
        own = [(timeline.dataset, one["key"]["iso3"], timeline.id[opened.seq]) for one in children]
        if own and all(place in places for place in own):
            gone.add(number)
            for place, child in zip(own, children, strict=True):
                shown = {name: child[name] for name in ("key", "column", "before", "after")}
                records.setdefault(place, []).append({"rule": rule.id, **shown})
    return gone, records
