"""Which of a country's figures its page begins with, and why, where several would do."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from schemas.figure_kinds import PROMISES
from schemas.figure_wording import noun
from schemas.wording import day_only, figure, joined
from tasks.site.figures.country_series import LEADING, Series


def rivals_of(lead: Series, series: Sequence[Series]) -> list[Series]:
    """Return the promises beside the leading figure; all figures where it is no promise itself."""
    kinds = PROMISES if lead.measure in PROMISES else LEADING
    found = [
        one
        for one in series
        if one.measure in kinds and (one.dataset, one.measure) != (lead.dataset, lead.measure)
    ]
    return sorted(found, key=lambda one: (LEADING.index(one.measure), one.dataset))


def choice_text(
    lead: Series,
    series: Sequence[Series],
    ladder: Mapping[str, Any] | None,
    *,
    shown_by: Callable[[str], str],
) -> str:
    """Return which figure leads, why, and what the others show; '' where it is the only one.

    `series`: all figures of the country. `ladder`: the newest row of the mart `allocation_ladder`.
    `shown_by`: returns a source as sentences name it.
    """
    rivals = rivals_of(lead, series)
    if not rivals:
        return ""
    what = "promise" if lead.measure in PROMISES else "figure"
    others = [
        f"{figure(one.newest.value, one.measure)} {noun(one.measure)} "
        f"({shown_by(one.source)}, {day_only(one.newest.as_of)})"
        for one in rivals
    ]
    rest = "The other one" if len(rivals) == 1 else "The others"
    return (
        f"More than one {what} is known; they are never added up. The line is of "
        f"{noun(lead.measure)} as {shown_by(lead.source)} shows them: "
        f"{_reason(lead, rivals, ladder)}. {rest}: {joined(others)}; their steps are in the CSV."
    )


def _reason(lead: Series, rivals: Sequence[Series], ladder: Mapping[str, Any] | None) -> str:
    reasons: list[str] = []
    order = list(dict.fromkeys([lead.measure, *(one.measure for one in rivals)]))
    if len(order) > 1:
        reasons.append(
            f"of {joined([noun(one) for one in order])} a page begins with the first that is known"
        )
    same = [one.source for one in rivals if one.measure == lead.measure]
    if same:
        taken = (ladder or {}).get(f"{lead.measure.removeprefix('doses_')}_source")
        which = "that the ladder of doses takes" if taken == lead.source else "first by name"
        reasons.append(f"of {len(same) + 1} sources of these it is the one {which}")
    return ", and ".join(reasons)
