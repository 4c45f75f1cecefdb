"""How many people live where, to judge figures per head: one constant table.

United Nations, World Population Prospects 2019: total population of 2020 as of 1 July, medium
variant (CC BY 3.0 IGO), the figures of `vaxwatch/archive/un_population`. A constant, so that no
judgement depends on when it is made.
"""

import csv
from collections.abc import Mapping
from functools import cache
from importlib.resources import files


@cache
def populations() -> Mapping[str, int]:
    """Return the population by ISO 3166-1 alpha-3 code [people].

    >>> populations()["PRK"], populations().get("XKX")
    (25778815, None)
    """
    lines = files("schemas").joinpath("population.csv").read_text("utf-8").splitlines()
    return {row["iso3"]: int(row["people"]) for row in csv.DictReader(lines)}
