"""
Checks: rules put to the columns of a table, as expressions that are true or null where kept.

Promises: nothing here reads data or repairs it; a check that needs a column which a vintage lacks
is not made.
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
"""The replacement character and all control characters but the white ones: a wrong encoding."""

SHOWN: Final = 60
"""Characters of a cell that a sentence shows; the whole cell stands beside it."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Range:
    """What the figures of a column are at least and at most; `above` instead: more than that."""

    rule: str
    least: float | date | None = None
    above: float | None = None
    most: float | date | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Check:
    """
    One rule put to one column.

    `column`: the one that a fault is told of. `holds`: true or null in a row that keeps the rule.
    `reason`: a sentence about a row that does not [String].
    """

    rule: ValidationRule
    column: str
    holds: pl.Expr
    reason: pl.Expr

    @property
    def name(self) -> str:
        """What tells it apart from the other checks of its table."""
        return f"{self.rule.name} of {self.column}"


def shown(column: str) -> pl.Expr:
    """
    Return enough of a text to recognise it in a sentence.

    >>> pl.DataFrame({"product": ["a" * 99]}).select(shown("product").str.len_chars()).item()
    60
    """
    text = pl.col(column)
    cut = pl.format("{}…", text.str.slice(0, SHOWN - 1))
    return pl.when(text.str.len_chars() > SHOWN).then(cut).otherwise(text)


def not_blank(column: str) -> Check:
    """Return the check that a part of a key is there."""
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
    """Return the check that a text was read in the encoding in which it was written."""
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
    kept: list[pl.Expr] = []
    if bounds.least is not None:
        kept.append(figure >= bounds.least)
    if bounds.above is not None:
        kept.append(figure > bounds.above)
    if bounds.most is not None:
        kept.append(figure <= bounds.most)
    sentence = f"{column} is {{}}; expected: {_bounds(bounds)}."
    return Check(
        rule=rule,
        column=column,
        holds=pl.all_horizontal(kept),
        reason=pl.format(sentence, figure),
    )


def related(relation: Relation, present: Collection[str]) -> Check | None:
    """Return the check of a relation; None where the columns it needs are not there."""
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


def _bounds(bounds: Range) -> str:
    """Return bounds in words."""
    said = [
        (bounds.least, "at least {}"),
        (bounds.above, "more than {}"),
        (bounds.most, "at most {}"),
    ]
    return " and ".join(word.format(_shown(value)) for value, word in said if value is not None)


def _shown(value: float | date) -> str:
    return f"{value:%Y-%m-%d}" if isinstance(value, date) else f"{value:,g}"
