"""Checks: validation rules applied to the columns that a vintage has, as polars expressions."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from typing import Final

import polars as pl

from schemas.validation_rules import VALIDATION_RULES, Relation, ValidationRule

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

    `holds`: true or null in a row that passes. `reason`: a sentence about a row that fails [text].
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
    return _check("key_not_null", column, pl.col(column).is_not_null(), pl.lit(sentence))


def country_code(column: str) -> Check:
    """Return the check that a code has the form of ISO 3166-1 alpha-3."""
    reason = pl.format("'{}' is no code of a country: three capital letters.", shown(column))
    return _check("country_code", column, pl.col(column).str.contains(ISO3), reason)


def clean_text(column: str) -> Check:
    """Return the check that a text was read in the right encoding."""
    sentence = "'{}' has broken or control characters: another encoding than was read."
    is_clean = ~pl.col(column).str.contains(UNCLEAN)
    return _check("clean_text", column, is_clean, pl.format(sentence, shown(column)))


def in_range(column: str, bounds: Range) -> Check:
    """Return the check that a figure or day is within bounds."""
    figure = pl.col(column)
    limits = [
        (bounds.least, figure.ge, "at least"),
        (bounds.above, figure.gt, "more than"),
        (bounds.most, figure.le, "at most"),
    ]
    present = [(limit, holds, words) for limit, holds, words in limits if limit is not None]
    expected = " and ".join(
        f"{words} {limit:%Y-%m-%d}" if isinstance(limit, date) else f"{words} {limit:,g}"
        for limit, _, words in present
    )
    is_within = pl.all_horizontal(holds(limit) for limit, holds, _ in present)
    reason = pl.format(f"{column} is {{}}; expected: {expected}.", figure)
    return _check(bounds.rule, column, is_within, reason)


def related(relation: Relation, present: Collection[str]) -> Check | None:
    """Return the check of a relation; None if the table lacks its columns."""
    more = [column for column in relation.more if column in present]
    if relation.less not in present or not more:
        return None
    less, beside = pl.col(relation.less), pl.max_horizontal(more)
    limit = beside if relation.factor == 1 else beside * relation.factor
    times = "" if relation.factor == 1 else f"{relation.factor:g} times "
    what = more[0] if len(more) == 1 else f"the greatest of {', '.join(more)}"
    sentence = f"{relation.less} is {{}}, more than {times}{what}, which is {{}}."
    holds = (less <= limit) | (beside < 0)
    return _check(relation.rule, relation.less, holds, pl.format(sentence, less, beside))


def _check(rule: str, column: str, holds: pl.Expr, reason: pl.Expr) -> Check:
    return Check(rule=VALIDATION_RULES[rule], column=column, holds=holds, reason=reason)
