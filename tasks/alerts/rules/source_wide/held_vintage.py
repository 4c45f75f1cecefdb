"""R17, by the acceptance checks: a vintage looks like a fault of the source and is held back.

Consecutive held vintages are one alert, whatever the number of tables, which the first accepted one
resolves; its dataset is the table that lost most. It names what is gone, and each promise that R1
or R2 would report; that is an alert of its own once the vintage is released or confirmed.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any, Final

import polars as pl

from schemas.figure_kinds import PROMISES
from schemas.figure_wording import amount
from schemas.rule_settings import Thresholds
from schemas.wording import ARROW, country, figure, percent
from tasks.alerts.rules.model.episode import Episode, Row, Step, whole
from tasks.alerts.rules.model.promise_parameters import promise_thresholds
from tasks.alerts.rules.model.rule import SourceContext
from tasks.alerts.rules.reading.figure_changes import notable_changes
from tasks.alerts.rules.reading.rule_input import RuleInput, Timeline, figures_at, timeline_of

SHOWN: Final = 3
"""Countries and falls that are named."""
HELD: Final = (
    " It is held back: the newest tables, and the alerts on these figures, wait for a release by "
    "hand or for the next sound version."
)


@dataclass(frozen=True, kw_only=True, slots=True)
class _HeldRun:
    """Consecutive held vintages of a table, from `first` to before `end`; `before`: its figures.

    `limits`: the thresholds of R0, R1 and R2.
    """

    rule_input: RuleInput
    timeline: Timeline
    first: int
    end: int
    before: pl.DataFrame
    loss: Mapping[str, Any]
    limits: Mapping[str, Thresholds]


def held_vintages(source: SourceContext) -> Iterable[Episode]:
    """Return one episode for each run of held vintages of a source."""
    runs: dict[str, list[_HeldRun]] = {}
    for rule_input in source.rule_inputs:
        timeline = timeline_of(rule_input, source.shown_by)
        for run in _runs(rule_input, timeline, promise_thresholds(source.settings)):
            runs.setdefault(timeline.id[run.first], []).append(run)
    return [_episode(max(same, key=_lost_share)) for same in runs.values()]


def _lost_share(run: _HeldRun) -> float:
    return run.loss["gone"] / max(run.loss["known"], 1)


def _runs(
    rule_input: RuleInput, timeline: Timeline, limits: Mapping[str, Thresholds]
) -> Iterator[_HeldRun]:
    for is_held, seqs in groupby(range(len(timeline.id)), timeline.held.__getitem__):
        first, *others = seqs
        if is_held and first > 0:
            before = figures_at(rule_input, first - 1)
            yield _HeldRun(
                rule_input=rule_input,
                timeline=timeline,
                first=first,
                end=first + 1 + len(others),
                before=before,
                loss=_loss(rule_input.key, before, figures_at(rule_input, first)),
                limits=limits,
            )


def _episode(run: _HeldRun) -> Episode:
    timeline, first, end = run.timeline, run.first, run.end
    falls = _falls_in(run, first)
    before, after = timeline.rows[first - 1], timeline.rows[first]
    opened = Step(
        seq=first,
        since=first - 1,
        severity="high",
        before=before,
        after=after,
        sentence=(
            f"{timeline.shown_by} showed {figure(after)} rows in {timeline.dataset} on "
            f"{timeline.day(first)}, {figure(before)} in the version before; so much of "
            f"what was known is gone or cut off that it looks like a fault of the source."
            f"{_loss_sentence(run.loss)}{_falls_sentence(falls)}{HELD}"
        ),
        evidence={"family": "held", "lost": run.loss, "falls": falls},
    )
    steps = [opened, *_later(run, opened, falls)]
    if end <= timeline.last:
        rows = timeline.rows[end]
        text = f"The version of {timeline.day(end)} is sound, with {figure(rows)} rows."
        steps.append(steps[-1].then("resolved", end, text, after=rows, confidence="confirmed"))
    values = list(enumerate(timeline.rows))
    return Episode(timeline=timeline, key={}, column=None, steps=steps, values=values, about="held")


def _later(run: _HeldRun, opened: Step, falls: Sequence[Row]) -> Iterator[Step]:
    """Yield a step for each further held vintage in which another promise falls."""

    def identity(fall: Row) -> tuple[str, ...]:
        return fall["rule"], fall["column"], *fall["key"].values()

    timeline, known = run.timeline, set(map(identity, falls))
    for seq in range(run.first + 1, run.end):
        fresh = [fall for fall in _falls_in(run, seq) if identity(fall) not in known]
        if fresh:
            known.update(map(identity, fresh))
            text = f"Held as well, on {timeline.day(seq)}:{_falls_sentence(fresh)}"
            evidence = {**opened.evidence, "falls": fresh}
            yield opened.then("updated", seq, text, after=timeline.rows[seq], evidence=evidence)


def _loss(key: Sequence[str], before: pl.DataFrame, now: pl.DataFrame) -> dict[str, Any]:
    """Return what is gone of the rows with figures in the last accepted vintage, as evidence.

    known, gone [rows]; countries [iso3 of those without any row left]; totals [of every figure in
    doses, before and now; none for a time series].
    """
    known = before.select(key).unique()
    gone = known.join(now, on=list(key), how="anti")
    places = gone.join(now, on="iso3", how="anti")["iso3"] if "iso3" in key else pl.Series([])
    doses = sorted(name for name in before["column"].unique() if name.startswith("doses_"))
    totals = {
        name: [
            whole(float(figures.filter(column=name)["value"].sum())) for figures in (before, now)
        ]
        for name in (() if "observed_on" in key else doses)
    }
    countries = places.unique().sort().to_list()
    return {"known": known.height, "gone": gone.height, "countries": countries, "totals": totals}


def _loss_sentence(loss: Mapping[str, Any]) -> str:
    if not loss["gone"]:
        return ""
    named = [country(iso3) for iso3 in loss["countries"][:SHOWN]]
    rest = len(loss["countries"]) - len(named)
    named += [f"{rest} more countries" if rest > 1 else "1 more country"] if rest else []
    places = " and ".join(filter(None, [", ".join(named[:-1]), *named[-1:]]))
    sums = "; ".join(
        f"{name.replace('_', ' ')} in all {figure(before)} {ARROW} {figure(now)}"
        for name, (before, now) in loss["totals"].items()
    )
    gone = f" {figure(loss['gone'])} of {figure(loss['known'])} rows with figures are gone"
    among = f", all rows of {places} among them" if named else ""
    return f"{gone}{among}{f' ({sums})' if sums else ''}."


def _falls_in(run: _HeldRun, seq: int) -> list[dict[str, Any]]:
    """Return the promises that a vintage lowers in rows that it has, largest fall first."""
    key = run.rule_input.key
    old, after = pl.col("before"), pl.col("after")
    rows = (
        run.rule_input.cells.filter(pl.col("seq") == seq, pl.col("column").is_in(PROMISES))
        .drop("before")
        .join(run.before.rename({"value": "before"}), on=[*key, "column"], maintain_order="left")
        .drop_nulls("after")
        .with_columns(
            (after - old).alias("change"),
            pl.when(old != 0).then((after - old) / old).alias("rel_change"),
            pl.col("seq").alias("debut"),
        )
    )
    fallen = [
        {
            "rule": row["rule"],
            "key": {name: str(row[name]) for name in key},
            "column": row["column"],
            "before": whole(row["before"]),
            "after": whole(row["after"]),
            "rel_change": row["rel_change"],
        }
        for row in notable_changes(rows, run.limits)
        .filter(pl.col("change") < 0)
        .iter_rows(named=True)
    ]
    return sorted(fallen, key=lambda fall: (fall["after"] - fall["before"], str(fall["key"])))


def _falls_sentence(fallen: Sequence[Row]) -> str:
    if not fallen:
        return ""
    named = [
        f"{amount(fall['column'], fall['key'], fall['after'])}, "
        f"{figure(fall['before'], fall['column'])} before ({percent(fall['rel_change'])})"
        for fall in fallen[:SHOWN]
    ]
    more = [f"{len(fallen) - SHOWN} more"] if len(fallen) > SHOWN else []
    return f" Lower in rows that are there: {'; '.join([*named, *more])}."
