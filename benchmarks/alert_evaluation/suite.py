"""The suite: every kind in every table and some seeds, judged by the product and the baselines."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import polars as pl

from benchmarks.alert_evaluation import splits
from benchmarks.alert_evaluation.baselines import BASELINES, judged
from benchmarks.alert_evaluation.injector import Injected, inject, possible_scopes
from benchmarks.alert_evaluation.kinds import NARROW, Kind
from benchmarks.alert_evaluation.matching import Matched, match
from benchmarks.alert_evaluation.runner import product_alerts
from benchmarks.alert_evaluation.scoring import by_kind, misses, scores
from benchmarks.alert_evaluation.series import shown
from benchmarks.alert_evaluation.synthetic import TABLES, made
from benchmarks.alert_evaluation.trees import Tree

PRODUCT: Final = "today's rules"
EVENTS: Final = 3
"""Events in a tree that share it: of single countries and series."""
CLEAN: Final = "(no event)"


@dataclass(frozen=True, kw_only=True, slots=True)
class Case:
    """One tree of the suite: events of one kind in one table; `kind` is CLEAN without any."""

    table: str
    kind: str
    injected: Injected


def cases(
    kinds: Sequence[Kind], seeds: Sequence[int], tables: Iterable[str] = TABLES
) -> Iterator[Case]:
    """Yield the trees: by table and seed the clean one, then one for each kind that fits.

    The scopes of a kind take turns from seed to seed and table to table.
    """
    for number, table in enumerate(tables):
        for turn, seed in enumerate(seeds):
            tree = made(table, seed=seed)
            yield Case(table=table, kind=CLEAN, injected=inject(tree, [], seed=seed))
            for kind in kinds:
                if scopes := possible_scopes(tree, kind):
                    scope = scopes[(turn + number) % len(scopes)]
                    count = EVENTS if scope in NARROW else 1
                    some = [kind] * count
                    injected = inject(tree, some, seed=seed, scopes=[scope for _ in some])
                    yield Case(table=table, kind=kind.name, injected=injected)


def evaluated(some: Iterable[Case]) -> dict[str, Any]:
    """Return scores by detector, overall and by kind; those of the product by table; its misses."""
    results: dict[str, list[tuple[Case, Matched]]] = {name: [] for name in (PRODUCT, *BASELINES)}
    count = 0
    for case in some:
        count += 1
        for name, alerts in _all_alerts(case.injected.tree):
            results[name].append((case, match(alerts, case.injected)))
    return {
        "split": splits.digest(),
        "trees": count,
        "detectors": {name: _document(result) for name, result in results.items()},
        "by_table": _by_table(results[PRODUCT]),
        "missed": [
            "{event_id} from version {v_start}: {key} {figure} {before} -> {after}".format(**one)
            for one in misses([matched for _, matched in results[PRODUCT]])
        ],
    }


def _all_alerts(tree: Tree) -> Iterator[tuple[str, pl.DataFrame]]:
    yield PRODUCT, product_alerts(tree)
    figures = shown(tree)
    for name in BASELINES:
        yield name, judged(tree, name, figures)


def _document(results: Sequence[tuple[Case, Matched]]) -> dict[str, Any]:
    kinds: dict[str, list[Matched]] = {}
    for case, matched in results:
        if case.kind != CLEAN:
            kinds.setdefault(case.kind, []).append(matched)
    clean = [matched.notifications.height for case, matched in results if case.kind == CLEAN]
    return {
        "overall": scores([matched for _, matched in results]),
        "alerts_without_event": sum(clean),
        "by_kind": by_kind(kinds),
    }


def _by_table(results: Sequence[tuple[Case, Matched]]) -> dict[str, Any]:
    tables: dict[str, list[Matched]] = {}
    for case, matched in results:
        tables.setdefault(case.table, []).append(matched)
    return {table: scores(own) for table, own in tables.items()}


def rows_of(document: Mapping[str, Any], detector: str) -> dict[str, Mapping[str, Any]]:
    """Return the scores of a detector by "kind, magnitude"."""
    rows = document["detectors"][detector]["by_kind"]
    return {f"{row['kind']}, {row['magnitude']}": row for row in rows}
