"""Put events into the vintages of a table, and record what they changed. Pure and seeded."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import exp, log
from typing import Any, Final
from zlib import crc32

import numpy as np
import polars as pl

from benchmarks.alert_evaluation.fault_edits import added
from benchmarks.alert_evaluation.hidden_losses import is_hidden
from benchmarks.alert_evaluation.kinds import Kind
from benchmarks.alert_evaluation.places import Places
from benchmarks.alert_evaluation.plans import Duration, Plan, Scope
from benchmarks.alert_evaluation.trees import DIFFERENCES, Tree, differences, key_text

HISTORY: Final = 10
"""Versions before the first event, where the tree is long enough."""
AFTER: Final = 9
"""Versions from the start of an event to the end of the tree, at least."""
TRIES: Final = 50
TRUTH: Final = {
    "event_id": pl.String,
    "kind": pl.String,
    "key": pl.String,
    "figure": pl.String,
    "v_start": pl.Int64,
    "v_end": pl.Int64,
    "before": pl.Int64,
    "after": pl.Int64,
    "magnitude": pl.Float64,
    "scope": pl.String,
    "duration": pl.String,
    "is_hidden": pl.Boolean,
    "seed": pl.Int64,
}
CHANGED: Final = {"event_id": pl.String, **DIFFERENCES}


@dataclass(frozen=True, kw_only=True, slots=True)
class Injected:
    """A tree with events, and what they are.

    `truth`: TRUTH, one row per event. `key` is JSON: of one series, one country ({"iso3": …}), one
    product, or {} for many. `figure`: null where whole rows change. `v_start`, `v_end`: the first
    and last changed version, from 0. `before`, `after`: the totals of the key (and figure; null for
    whole rows) in `v_start`, without and with the event. `magnitude`: the change as a share of
    `before`; null where there is none. `duration`: one, two, good (to the end of the tree) or spell
    (a number of versions of its own). `is_hidden`: whether it is a loss that no version shows
    (`hidden_losses`). `changed`: CHANGED, every figure that differs from the clean
    tree, and the event that did it.
    """

    tree: Tree
    truth: pl.DataFrame
    changed: pl.DataFrame


def inject(
    clean: Tree,
    kinds: Sequence[Kind],
    *,
    seed: int,
    scopes: Sequence[Scope] | None = None,
    durations: Sequence[Duration] | None = None,
) -> Injected:
    """Return a tree with one event of each of the kinds, in countries that no other event touches.

    `scopes`, `durations`: by kind; drawn from those of the kind when None. Raises ValueError where
    an event finds no place: a whole column leaves none for another.
    """
    names = "|".join((clean.table, *(kind.name for kind in kinds)))
    rng = np.random.default_rng([seed, crc32(names.encode())])
    tree, used = clean, set[str]()
    truth: list[dict[str, object]] = []
    changed = [pl.DataFrame(schema=CHANGED)]
    for number, kind in enumerate(kinds):
        scope = scopes[number] if scopes else rng.choice(possible_scopes(tree, kind)).item()
        duration = durations[number] if durations else rng.choice(kind.durations).item()
        plan, after, cells = _placed(tree, kind, scope, duration, rng, frozenset(used))
        event = f"{clean.table}-{seed}-{number}-{kind.name}-{scope}"
        row = _truth(kind, plan, cells)
        hidden = _is_loss(row) and is_hidden(after, plan)
        truth.append({"event_id": event, "seed": seed, **row, "is_hidden": hidden})
        changed.append(cells.select(pl.lit(event).alias("event_id"), pl.all()))
        used |= Places.countries_of(tree, plan)
        tree = after
    return Injected(tree=tree, truth=pl.DataFrame(truth, schema=TRUTH), changed=pl.concat(changed))


def possible_scopes(tree: Tree, kind: Kind) -> list[Scope]:
    """Return the scopes that a kind may have in a table; none where it does not fit the table."""
    if kind.needs_products and not tree.has_products:
        return []
    return [one for one in kind.scopes if one != "product" or tree.has_products]


def _placed(
    tree: Tree,
    kind: Kind,
    scope: Scope,
    duration: Duration,
    rng: np.random.Generator,
    used: frozenset[str],
) -> tuple[Plan, Tree, pl.DataFrame]:
    """Return an event, the tree with it, and what it changed; other places are tried if nothing."""
    for _ in range(TRIES):
        plan = _planned(tree, kind, scope, duration, rng, used)
        after = _edited(tree, kind, plan)
        cells = differences(tree, after)
        is_silent = kind.is_neutral and cells.is_empty()
        if is_silent or (plan.start in cells["version"] and _is_visible(cells, plan)):
            return plan, after, cells
    raise ValueError(f"{kind.name} in {tree.table}: no place where it changes anything")


def _is_visible(cells: pl.DataFrame, plan: Plan) -> bool:
    return cells["version"].max() == plan.end and cells["version"].min() == plan.start


def _planned(
    tree: Tree,
    kind: Kind,
    scope: Scope,
    duration: Duration,
    rng: np.random.Generator,
    used: frozenset[str],
) -> Plan:
    count = len(tree.frames)
    start = int(rng.integers(min(HISTORY, count // 3), max(count - AFTER, count // 3 + 1)))
    length = {"one": 1, "two": 2, "good": count}[duration]
    if kind.versions:
        length = int(rng.integers(kind.versions[0], kind.versions[1], endpoint=True))
    figure = str(rng.choice(tree.figures))
    places = Places(tree, start, figure, rng, used)
    units = places.units(scope, kind)
    low, high = kind.sizes
    frame = tree.frames[start]
    return Plan(
        scope=scope,
        duration=duration,
        figure=figure,
        units=units,
        other=places.other(kind, units),
        start=start,
        end=min(start + length, count) - 1,
        day=frame[tree.day].max() if tree.day and kind.by_day else None,  # pyright: ignore[reportArgumentType]
        size=exp(rng.uniform(log(low), log(high))),
        draw=float(rng.random()),
    )


def _edited(tree: Tree, kind: Kind, plan: Plan) -> Tree:
    frames = list(tree.frames)
    for version in range(plan.start, plan.end + 1):
        frames[version] = kind.edit(tree, version, plan)
    return tree.with_frames(tuple(frames))


def _truth(kind: Kind, plan: Plan, cells: pl.DataFrame) -> dict[str, Any]:
    key = dict(plan.units[0]) if len(plan.units) == 1 else {}
    if kind.edit is added:
        key = dict(plan.other)
    of_key = pl.all_horizontal(
        pl.lit(value=True),
        *(pl.col("key").str.json_path_match(f"$.{name}") == value for name, value in key.items()),
    )
    at_start = cells.filter(pl.col("version") == plan.start, of_key)
    before, after = (_sum(at_start[name]) for name in ("before", "after"))
    magnitude = None if not before or kind.whole_rows else abs((after or 0) - before) / before
    return {
        "kind": kind.name,
        "key": key_text(key),
        "figure": None if kind.whole_rows else plan.figure,
        "v_start": plan.start,
        "v_end": plan.end,
        "before": None if kind.whole_rows else before,
        "after": None if kind.whole_rows else after,
        "magnitude": magnitude,
        "scope": plan.scope,
        "duration": "spell" if kind.versions else plan.duration,
    }


def _is_loss(row: Mapping[str, Any]) -> bool:
    before, after = row["before"], row["after"]
    return before is not None and (after is None or after < before)


def _sum(figures: pl.Series) -> int | None:
    return None if figures.is_null().all() else int(figures.sum())
