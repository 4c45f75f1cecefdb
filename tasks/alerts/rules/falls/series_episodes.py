"""The episodes of R7 in tables with days: their sentences, severities and evidence."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from typing import Any, Final

from schemas.alerts import Severity
from schemas.figure_wording import amount
from schemas.wording import figure, percent
from tasks.alerts.rules.falls.counter_falls import CORRECTED
from tasks.alerts.rules.model.episode import Episode, Family, Row, Step, Values
from tasks.alerts.rules.model.fall_life import life_until
from tasks.alerts.rules.model.fall_wording import day_text
from tasks.alerts.rules.model.families import FALL
from tasks.alerts.rules.model.reversals import reversal
from tasks.alerts.rules.model.severity import at_most, severity_of_fall
from tasks.alerts.rules.reading.rule_input import Timeline

SOME_DAYS: Final = Family(
    name="lower_days",
    sentence="{fewer} {noun} of some days for {count} of {compared} countries on {on}",
    is_fall=True,
)
NEWEST: Final = replace(FALL, wider=SOME_DAYS)
LOWER_DAYS: Final = Family(
    name="lower_days",
    sentence="{fewer} {noun} of earlier days for {count} of {compared} countries on {on}",
    is_fall=True,
    wider=SOME_DAYS,
)
OUT_OF_ORDER: Final = Family(
    name="out_of_order",
    sentence="{noun} lower than the day before for {count} of {compared} countries on {on}",
    wider=SOME_DAYS,
)


def newest_episode(
    timeline: Timeline, row: Row, entity: Sequence[str], values: Values, lower: Row | None
) -> Episode:
    """Return the episode of a newest figure that fell.

    `row`: seq, the entity, column, before, after, since, before_on, newest_on, least [figure by
    which the fall is undone]. `lower`: the days of the series that fell in the same vintage, as
    `day_episode` takes them.
    """
    before, back = row["before"], reversal(values, row["seq"], timeline.as_of)
    is_next = row["since"] == timeline.before(row["seq"])
    earlier = "in the version before" if is_next else f"on {timeline.day(row['since'])}"
    text = _shown(timeline, row, entity, row["newest_on"])
    text += f"; {figure(before)} for {day_text(row['before_on'])} {earlier} ({_change(row)})."
    text += f" {back.text(timeline, row['column'])}." if back else ""
    step = _step(
        timeline,
        row,
        text + (_days(lower) if lower else ""),
        cap="low" if back else "critical",
        family=CORRECTED if back else NEWEST,
        evidence={
            "observed_on": {"before": str(row["before_on"]), "after": str(row["newest_on"])},
            **(_span(lower) if lower else {}),
            **(back.evidence(timeline) if back else {}),
        },
    )
    return _episode(timeline, row, entity, step, values)


def day_episode(timeline: Timeline, row: Row, entity: Sequence[str], values: Values) -> Episode:
    """Return the episode of a series of which days fell, but not the newest figure.

    `row`: seq, the entity, column, days, first_on, last_on, worst_on, before, after [of that day],
    newest, least. `values`: of that day; where the next vintage has none, it gives no verdict. A
    figure that was above the newest one cannot have been right.
    """
    is_back = row["newest"] is not None and row["before"] > row["newest"]
    text = (
        f"{_shown(timeline, row, entity, row['worst_on'])}; {figure(row['before'])} for that day "
        f"in the version before ({_change(row)}).{_days(row)}"
    )
    if is_back:
        text += f" The earlier figure was above the newest one, which is {figure(row['newest'])}."
    step = _step(
        timeline,
        row,
        text,
        cap="low" if is_back else "medium",
        family=CORRECTED if is_back else LOWER_DAYS,
        evidence={"observed_on": str(row["worst_on"]), **_span(row)},
    )
    is_gone = any(at == row["seq"] + 1 and value is None for at, value in values)
    episode = _episode(timeline, row, entity, step, values)
    return replace(episode, steps=[step]) if is_gone else episode


def order_episode(timeline: Timeline, row: Row, entity: Sequence[str]) -> Episode:
    """Return the episode of a running total that a vintage first shows lower than the day before.

    `row`: as `order_breaks` yields it.
    """
    more = f" It is the largest of {row['days']} such falls." if row["days"] > 1 else ""
    gap = (row["worst_on"] - row["before_on"]).days
    earlier = "the day before" if gap == 1 else "the last day with a figure before that"
    text = (
        f"{_shown(timeline, row, entity, row['worst_on'])}, and {figure(row['before'])} for "
        f"{day_text(row['before_on'])}, {earlier} ({_change(row)}).{more}"
    )
    days = {"before": str(row["before_on"]), "after": str(row["worst_on"])}
    step = _step(
        timeline,
        row,
        text,
        cap="low" if row["is_baseline"] else "medium",
        family=OUT_OF_ORDER,
        evidence={"observed_on": days, **_span(row)},
    )
    return _episode(timeline, row, entity, step, ())


def _episode(
    timeline: Timeline, row: Row, entity: Sequence[str], step: Step, values: Values
) -> Episode:
    key = {name: row[name] for name in entity}
    ends: list[Step] = []
    if values:
        least = row["least"]
        ends = [*life_until(timeline, step, row["column"], values, lambda value: value >= least)]
    return Episode(
        timeline=timeline, key=key, column=row["column"], steps=[step, *ends], values=values
    )


def _step(
    timeline: Timeline, row: Row, text: str, *, cap: Severity, family: Family | None, evidence: Any
) -> Step:
    before, after, column = row["before"], row["after"], row["column"]
    severity = severity_of_fall(before, after, column=column, iso3=row["iso3"]) or "low"
    return Step(
        seq=row["seq"],
        since=row.get("since", timeline.before(row["seq"])),
        severity=at_most(severity, cap),
        before=before,
        after=after,
        sentence=text,
        confidence="confirmed" if family is OUT_OF_ORDER else "unconfirmed",
        evidence=evidence,
        family=family,
    )


def _shown(timeline: Timeline, row: Row, entity: Sequence[str], on: date) -> str:
    key = {name: row[name] for name in entity}
    what = amount(row["column"], key, row["after"])
    return f"{timeline.shown_by} showed {what} for {day_text(on)} on {timeline.day(row['seq'])}"


def _change(row: Row) -> str:
    return percent(row["after"] / row["before"] - 1)


def _days(row: Row) -> str:
    """Return how many days fell, as a sentence; '' for one."""
    if row["days"] == 1:
        return ""
    first, last = day_text(row["first_on"]), day_text(row["last_on"])
    return f" {row['days']} days from {first} to {last} are lower."


def _span(row: Row) -> dict[str, Any]:
    days = {"count": row["days"], "first": str(row["first_on"]), "last": str(row["last_on"])}
    return {"days": days}
