"""Where an event may happen: countries and series that no other event touches."""

from typing import Final

import numpy as np
import polars as pl

from benchmarks.alert_evaluation.kinds import Kind
from benchmarks.alert_evaluation.plans import Plan, Scope, Unit
from benchmarks.alert_evaluation.synthetic import codes
from benchmarks.alert_evaluation.trees import Tree

LEAST: Final = 1_000
"""The least figure that an event happens to, in its first version."""
MANY: Final = 8
"""The least number of countries of a wide event."""


class Places:
    """The places in one version of a tree: series whose figure is large enough."""

    def __init__(
        self, tree: Tree, start: int, figure: str, rng: np.random.Generator, used: frozenset[str]
    ) -> None:
        frame = tree.frames[start]
        if tree.day:
            frame = frame.filter(pl.col(tree.day) == frame[tree.day].max())
        self._tree, self._rng, self._used = tree, rng, used
        self._all = set(frame["iso3"])
        is_free = ~pl.col("iso3").is_in(list(used)) & (pl.col(figure) >= LEAST)
        self._frame = frame.filter(is_free).sort(tree.entity)

    @staticmethod
    def countries_of(tree: Tree, plan: Plan) -> set[str]:
        """Return the countries that an event touches."""
        units = [*plan.units, plan.other]
        named = {unit["iso3"] for unit in units if "iso3" in unit}
        is_whole = plan.scope == "column"
        return set(tree.frames[plan.start]["iso3"]) if is_whole else named

    def units(self, scope: Scope, kind: Kind) -> tuple[Unit, ...]:
        """Return the units of an event. Raises ValueError where there are too few."""
        if scope == "column":
            if self._used:
                raise ValueError(f"{kind.name}: a whole column leaves no place for other events")
            product = kind.other == "new product"
            return ({"product": self._one("product")},) if product else ()
        if scope == "product":
            return (self._series(kind),)
        countries = self._frame["iso3"].unique().sort().to_list()
        few = 1 if scope == "country" else MANY
        if len(countries) < few + (kind.other == "country"):
            raise ValueError(f"{kind.name}: no {few} countries with at least {LEAST}")
        most = few if few == 1 else max(few, len(countries) // 3)
        number = int(self._rng.integers(few, most, endpoint=True))
        chosen = self._rng.choice(countries, number, replace=False).tolist()
        return tuple({"iso3": iso3} for iso3 in sorted(chosen))

    def other(self, kind: Kind, units: tuple[Unit, ...]) -> Unit:
        """Return the other place of an event or its new name; {} where it has none."""
        match kind.other:
            case "country":
                rest = self._frame.filter(pl.col("iso3") != units[0]["iso3"])["iso3"].unique()
                return {"iso3": str(self._rng.choice(rest.sort()))}
            case "product":
                mine = pl.col("iso3") == units[0]["iso3"]
                others = [
                    row
                    for row in self._frame.filter(mine).select(self._tree.entity).to_dicts()
                    if row["product"] != units[0]["product"]
                ]
                return others[int(self._rng.integers(len(others)))]
            case "new country":
                unused = sorted(set(codes()) - self._all - self._used)
                return {"iso3": str(self._rng.choice(unused))}
            case "new product":
                return {"product": f"{units[0]['product']} (new name)"}
            case _:
                return {}

    def _one(self, column: str) -> str:
        return str(self._rng.choice(self._frame[column].unique().sort()))

    def _series(self, kind: Kind) -> Unit:
        frame = self._frame
        if kind.other == "product":
            frame = frame.filter(pl.col("product").n_unique().over("iso3") > 1)
        rows = frame.select(self._tree.entity).to_dicts()
        if not rows:
            raise ValueError(f"{kind.name}: no series with at least {LEAST}")
        return rows[int(self._rng.integers(len(rows)))]
