"""Checks: validation rules applied to the columns of a table, as polars expressions.

Promises: nothing here reads or repairs data; there is no check on a column that a vintage lacks.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from typing import Final

import polars as pl

from schemas.relations import Relation
from schemas.validation_rules import VALIDATION_RULES, ValidationRule

ISO3: Final = r"^[A-Z]{3}$"
"""An ISO 3166-1 alpha-3 code, or one of its user-assigned ones."""
UNCLEAN: Final = r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u{FFFD}]"
"""The replacement character and all control characters except whitespace."""

SHOWN: Final = 60
"""Characters of a cell that a sentence shows."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Range:
    """Bounds of a column: `least` and `most` inclusive, `above` exclusive."""

    rule: str
    least: float | date | None = None
    above: float | None = None
    most: float | date | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Check:
    """One rule applied to one column.

    `holds`: true or null in a row that passes. `reason`: a sentence about a row that fails
    [String].
    """

    rule: ValidationRule
    column: str
    holds: pl.Expr
    reason: pl.Expr

    @property
    def name(self) -> str:
        """Its name among the checks of its table."""
        return f"{self.rule.name} of {self.column}"


def shown(column: str) -> pl.Expr:
    """Return the text of a column, cut to what a sentence shows.

    >>> pl.DataFrame({"product": ["a" * 99]}).select(shown("product").str.len_chars()).item()
    60
    """
    text = pl.col(column)
    cut = pl.format("{}…", text.str.slice(0, SHOWN - 1))
    return pl.when(text.str.len_chars() > SHOWN).then(cut).otherwise(text)


def not_blank(column: str) -> Check:
    """Return the check that a part of the key is not null."""
    sentence = f"The column {column} is blank and no row can do without it."
    return Check(
        rule=VALIDATION_RULES["key_not_null"],
        column=column,
        holds=pl.col(column).is_not_null(),
        reason=pl.lit(sentence),
    )


def country_code(column: str) -> Check:
    """Return the check that a code has the form of ISO 3166-1 alpha-3."""
    return Check(
        rule=VALIDATION_RULES["country_code"],
        column=column,
        holds=pl.col(column).str.contains(ISO3),
        reason=pl.format("'{}' is no code of a country: three capital letters.", shown(column)),
    )


def clean_text(column: str) -> Check:
    """Return the check that a text was read in the right encoding."""
    return Check(
        rule=VALIDATION_RULES["clean_text"],
        column=column,
        holds=~pl.col(column).str.contains(UNCLEAN),
        reason=pl.format(
            "'{}' has broken or control characters: another encoding than was read.", shown(column)
        ),
    )


def in_range(column: str, bounds: Range) -> Check:
    """Return the check that a figure or day is within bounds."""
    figure, rule = pl.col(column), VALIDATION_RULES[bounds.rule]
    limits = [
        (bounds.least, figure.ge, "at least {}"),
        (bounds.above, figure.gt, "more than {}"),
        (bounds.most, figure.le, "at most {}"),
    ]
    present = [(limit, holds, text) for limit, holds, text in limits if limit is not None]
    expected = " and ".join(text.format(_limit(limit)) for limit, _, text in present)
    sentence = f"{column} is {{}}; expected: {expected}."
    return Check(
        rule=rule,
        column=column,
        holds=pl.all_horizontal(holds(limit) for limit, holds, _ in present),
        reason=pl.format(sentence, figure),
    )


def related(relation: Relation, present: Collection[str]) -> Check | None:
    """Return the check of a relation; None if the table lacks its columns."""
    more = [column for column in relation.more if column in present]
    if relation.less not in present or not more:
        return None
    return Check(
        rule=VALIDATION_RULES[relation.rule],
        column=relation.less,
        holds=_holds(relation, more),
        reason=_more_than(relation, more),
    )


def _holds(relation: Relation, more: list[str]) -> pl.Expr:
    less, beside = pl.col(relation.less), _greatest(more)
    limit = beside if relation.factor == 1 else beside * relation.factor
    return (less <= limit) | (beside < 0)


def _more_than(relation: Relation, more: list[str]) -> pl.Expr:
    times = "" if relation.factor == 1 else f"{relation.factor:g} times "
    what = more[0] if len(more) == 1 else f"the greatest of {', '.join(more)}"
    sentence = f"{relation.less} is {{}}, more than {times}{what}, which is {{}}."
    return pl.format(sentence, pl.col(relation.less), _greatest(more))


def _greatest(columns: list[str]) -> pl.Expr:
    return pl.col(columns[0]) if len(columns) == 1 else pl.max_horizontal(columns)


def _limit(value: float | date) -> str:
    return f"{value:%Y-%m-%d}" if isinstance(value, date) else f"{value:,g}"
