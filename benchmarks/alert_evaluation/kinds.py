"""The kinds of events, and where, for how long and how large each may be."""

from dataclasses import dataclass
from typing import Final

from benchmarks.alert_evaluation import fault_edits as fault
from benchmarks.alert_evaluation import neutral_edits as neutral
from benchmarks.alert_evaluation.plans import Duration, Edit, Scope

ALL_SCOPES: Final[tuple[Scope, ...]] = ("product", "country", "many", "column")
NARROW: Final[tuple[Scope, ...]] = ("product", "country")
DURATIONS: Final[tuple[Duration, ...]] = ("one", "two", "good")


@dataclass(frozen=True, kw_only=True, slots=True)
class Kind:
    """One kind of event.

    `sizes`: from and to, drawn log-uniformly. `other`: what `Plan.other` is: another country or
    product of the tree, or a name that it does not have. `versions`: the least and the most
    versions of a spell, instead of a duration. `by_day`: only rows from the day of the event on
    change, in a table with days. `is_neutral`: a hard negative. `whole_rows`: it changes keys or
    all figures; without, one figure. `needs_products`: only for tables with products.
    """

    name: str
    edit: Edit
    scopes: tuple[Scope, ...] = ALL_SCOPES
    durations: tuple[Duration, ...] = DURATIONS
    sizes: tuple[float, float] = (1.0, 1.0)
    other: str = ""
    versions: tuple[int, int] | None = None
    by_day: bool = True
    whole_rows: bool = False
    needs_products: bool = False
    is_neutral: bool = False


def _fault(name: str, edit: Edit, **how: object) -> Kind:
    return Kind(name=name, edit=edit, **how)  # pyright: ignore[reportArgumentType]


def _neutral(name: str, edit: Edit, **how: object) -> Kind:
    return Kind(name=name, edit=edit, is_neutral=True, **how)  # pyright: ignore[reportArgumentType]


GOOD: Final = ("good",)
ONE: Final = ("one",)
COUNTRY: Final = ("country",)
COLUMN: Final = ("column",)
ROWS: Final = {"whole_rows": True, "by_day": False}

FAULTS: Final = (
    *(
        _fault(f"cut {share} %", fault.less(), sizes=(share / 100, share / 100))
        for share in (10, 25, 60, 100)
    ),
    _fault("blank", fault.blank()),
    _fault("digit dropped", fault.digit_dropped(), scopes=NARROW),
    _fault("digit added", fault.digit_added(), scopes=NARROW),
    _fault("times 1000", fault.times(1000)),
    _fault("divided by 1000", fault.times(1 / 1000)),
    _fault("sign", fault.times(-1), scopes=("product", "country", "many")),
    _fault("spike", fault.times(), scopes=NARROW, durations=ONE, sizes=(2, 20)),
    _fault("dip", fault.times(), scopes=NARROW, durations=ONE, sizes=(0.05, 0.7)),
    _fault("decimal comma", fault.times(10), scopes=("country", "many", "column")),
    _fault("3 % a week", fault.eroding(), scopes=("product", "country", "many"), durations=GOOD),
    _fault("moved to a country", fault.moved, scopes=COUNTRY, sizes=(0.25, 1), other="country"),
    _fault(
        "moved to a product",
        fault.moved,
        scopes=("product",),
        sizes=(0.25, 1),
        other="product",
        needs_products=True,
    ),
    _fault(
        "product renamed",
        fault.renamed,
        scopes=COLUMN,
        durations=GOOD,
        other="new product",
        needs_products=True,
        **ROWS,
    ),
    _fault("rows swapped", fault.exchanged, scopes=COUNTRY, other="country", whole_rows=True),
    _fault("country removed", fault.removed, scopes=("country", "many"), **ROWS),
    _fault("country added", fault.added, scopes=COUNTRY, other="new country", **ROWS),
    _fault("country renamed", fault.renamed, scopes=COUNTRY, other="new country", **ROWS),
    _fault("all times 0.85", fault.times(0.85), scopes=COLUMN),
)
"""Kinds that somebody should hear about."""
NEUTRAL: Final = (
    _neutral("stuck", neutral.repeated, scopes=COUNTRY, versions=(2, 3), whole_rows=True),
    _neutral("reordered", neutral.reordered, scopes=COLUMN),
    _neutral("reformatted", neutral.reformatted, scopes=COLUMN),
    _neutral("growth 5 %", fault.more(), scopes=NARROW, durations=GOOD, sizes=(0.05, 0.05)),
    _neutral("growth 30 %", fault.more(), scopes=NARROW, durations=GOOD, sizes=(0.3, 0.3)),
    _neutral(
        "rounding",
        neutral.rounded,
        scopes=("country", "many", "column"),
        durations=GOOD,
        sizes=(1, 3),
    ),
    _neutral(
        "announced round", fault.more(), scopes=("many", "column"), durations=GOOD, sizes=(0.05, 1)
    ),
    _neutral(
        "product swap",
        fault.exchanged,
        scopes=("product",),
        other="product",
        whole_rows=True,
        needs_products=True,
    ),
    _neutral(
        "catch-up after silence", neutral.repeated, scopes=COUNTRY, versions=(5, 7), whole_rows=True
    ),
    _neutral("new column", neutral.with_new_column, scopes=COLUMN, durations=GOOD),
    _neutral("late report", neutral.late, scopes=COUNTRY, durations=ONE, whole_rows=True),
    _neutral("identical vintage", neutral.identical, scopes=COLUMN, durations=ONE, whole_rows=True),
)
"""Hard negatives: an alert about one, above all an immediate one, is false."""
KINDS: Final = {kind.name: kind for kind in (*FAULTS, *NEUTRAL)}
