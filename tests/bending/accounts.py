"""Accounts: the fate of every row of a bent table, counted independently of the parser.

Promises: rows are counted one by one, by what is published, by what waits and by what the source
declares to be no country; figures are read again by other means.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import polars as pl

from schemas.columns import ROW, From
from schemas.errors import Permanent
from schemas.product_list import PRODUCT
from schemas.products import product_of
from schemas.source import Source
from schemas.tables import dtypes_of, key_of
from schemas.validation_rules import VALIDATION_RULES
from tasks.parsing.flags import flags_of
from tasks.parsing.parse_snapshot import parse_tables
from tasks.parsing.validate import ParsedTable
from tests.bending.bends import Bent, whole

HAD_AT = datetime(2023, 9, 1, tzinfo=UTC)
COUNTRY = "iso3"
Values = Mapping[str, Any]
Fault = tuple[str, str, str | None, str]
Faults = list[Fault]


@dataclass(frozen=True, kw_only=True)
class Account:
    """What became of each row, by its place from 0 on.

    `published`: its figures. `waiting`: its faults: column, rule, value, reason. What is in
    neither was left out.
    """

    published: Mapping[int, Values]
    waiting: Mapping[int, Faults]


def frame_of(bent: Bent) -> pl.DataFrame:
    """Return a bent table as a parser gives it: texts and nulls."""
    return pl.DataFrame(bent.rows, schema=dict.fromkeys(bent.names, pl.String), orient="row")


def read(
    source: Source, parsed: Mapping[str, pl.DataFrame], table: str, bent: Bent
) -> ParsedTable | None:
    """Return what a source says with one of its tables bent; None where it is refused in words."""
    frames = {**parsed, table: frame_of(bent)}
    try:
        return parse_tables(source, frames, retrieved_at=HAD_AT).get(table)
    except Permanent as error:
        is_sentence(str(error))
        return None


def is_sentence(text: str) -> None:
    """Assert that a person can read a text: words, not too many, a stop or a command at its end."""
    assert text.endswith(".") or "hen: vaxwatch " in text[-99:], text[-99:]
    assert " " in text
    assert len(text) < 1_500, f"{len(text):,} characters: {text[:200]}"


def account_of(source: Source, table: str, bent: Bent, reading: ParsedTable) -> Account:
    """Return what became of every row; assert that none is lost, doubled or altered."""
    declared = source.tables[table]
    waits = _waiting(source, table, bent, reading.quarantined)
    out = {at for at, row in enumerate(bent.rows) if _is_left_out(source, table, bent, row)}
    assert not out & set(waits), "a row that is left out waits"
    sound = [at for at in range(len(bent.rows)) if at not in waits and at not in out]
    assert reading.frame.height == len(sound), "rows in are not rows out"
    assert (reading.rows, reading.bad, reading.left_out) == (len(bent.rows), len(waits), len(out))
    published = dict(zip(sound, reading.frame.to_dicts(), strict=True))
    for at, values in published.items():
        for name, how in declared.items():
            if isinstance(how, From) and name in values:
                cells_of_row = _cell(bent, bent.rows[at], how)
                if name == PRODUCT:
                    cells_of_row = product_of(cells_of_row.strip())
                _is_as_published(cells_of_row, values[name], how, is_country=name == COUNTRY)
    keys = [tuple(values[name] for name in key_of(table)) for values in published.values()]
    assert len(set(keys)) == len(keys)
    assert all(part not in {None, ""} for key in keys for part in key)
    for row in flags_of(reading.frame, table).to_dicts():
        assert VALIDATION_RULES[row["rule"]].kind == "implausible"
        is_sentence(row["reason"])
    return Account(published=published, waiting=waits)


def _waiting(
    source: Source, table: str, bent: Bent, quarantined: pl.DataFrame
) -> dict[int, Faults]:
    """Return the faults by row; assert that each quotes its cell and is of a rule that there is."""
    found: dict[int, Faults] = {}
    declared = [how for how in source.tables[table].values() if isinstance(how, From)]
    for fault in quarantined.to_dicts():
        rule, column, value = fault["rule"], fault["column"], fault["value"]
        assert (VALIDATION_RULES[rule].kind, VALIDATION_RULES[rule].version) == (
            "unreadable",
            fault["rule_version"],
        )
        is_sentence(fault["reason"])
        row = bent.rows[fault["row"] - 1]
        if value is not None:
            named = [column] if column in bent.names else column.split(", ")
            hows = [next((h for h in declared if name in h.names), From((name,))) for name in named]
            assert value == ", ".join(_cell(bent, row, how) for how in hows)
        found.setdefault(fault["row"] - 1, []).append((column, rule, value, fault["reason"]))
    return found


def _cell(bent: Bent, row: Sequence[str | None], how: From) -> str:
    """Return a cell as published: of the first name that is there, or what stands in for it."""
    cells = dict(zip(bent.names, row, strict=True))
    first = next((name for name in how.names if name in cells), None)
    cells_of_row = [cells[name] or "" for name in (first, *how.instead) if name in cells]
    return next(
        (cell for cell in cells_of_row if cell.strip()), cells_of_row[0] if cells_of_row else ""
    )


def _is_left_out(source: Source, table: str, bent: Bent, row: Sequence[str | None]) -> bool:
    for rule in source.leave_out:
        text = _cell(bent, row, From((rule.column,))).strip()
        if rule.unlike and not re.fullmatch(rule.unlike, text):
            return True
        if not rule.unlike and (text in rule.values if rule.values else text not in rule.unless):
            return True
    how = source.tables[table].get(COUNTRY)
    return isinstance(how, From) and _cell(bent, row, how).strip() in source.not_countries


def _is_as_published(cell: str, value: Any, how: From, *, is_country: bool) -> None:
    """Assert that a published value is what its cell says, read by other means than the house's."""
    text = cell.strip()
    if text in {"", *how.blanks}:
        assert value == how.default, f"{cell!r} is blank and became {value!r}"
    elif isinstance(value, int | float):
        plain = text.replace("\N{MINUS SIGN}", "-")
        for mark in how.thousands:
            plain = plain.replace(mark, "")
        expected = Decimal(plain) * how.multiply / how.divide
        assert expected.is_finite()
        near = abs(expected) * Decimal("1e-14")
        assert abs(Decimal(value) - expected) <= near, f"{cell!r} became {value!r}"
    elif isinstance(value, date):
        assert value in {_day(text, form) for form in how.dates}, f"{cell!r} became {value!r}"
    else:
        assert value == text.removeprefix(how.prefix) or is_country, f"{cell!r} became {value!r}"
        assert len(value) == 3 or not is_country


def _day(text: str, form: str) -> date | None:
    try:
        return datetime.strptime(text, form).replace(tzinfo=UTC).date()
    except ValueError:
        return None


def is_unharmed(source: Source, table: str, bent: Bent, before: Account, now: Account) -> None:
    """Assert that rows which nobody touched are what they were, or share a key with a bent one.

    Days that may be written in several forms are passed over: a whole column decides its form.
    """
    days = _days_in_forms(source, table)
    touched = [at for at, origin in enumerate(bent.origin) if origin is None]
    doubled = {_key(fault) for at in touched for fault in now.waiting.get(at, ())} - {""}
    for at, origin in enumerate(bent.origin):
        if origin is None:
            continue
        faults = now.waiting.get(at, [])
        if origin in before.published and at in now.published:
            assert _without(now.published[at], days) == _without(before.published[origin], days)
        elif origin in before.published:
            assert faults, "an untouched row is neither published nor waiting"
            assert days or all(_key(fault) in doubled for fault in faults), faults
        elif origin in before.waiting and not days:
            assert _own(faults) == _own(before.waiting[origin])
        else:
            assert days or at not in now.published, "a row that was left out is published"


def _days_in_forms(source: Source, table: str) -> set[str]:
    dtypes = dtypes_of(table)
    return {
        name
        for name, how in source.tables[table].items()
        if isinstance(how, From) and len(how.dates) > 1 and dtypes[name] == pl.Date
    }


def _without(values: Values, names: set[str]) -> dict[str, Any]:
    return {name: value for name, value in values.items() if name not in names}


def _own(faults: Faults) -> Faults:
    """Return those of a row by itself."""
    return [fault for fault in faults if not _key(fault)]


def _key(fault: Fault) -> str:
    """Return which key two rows have, blank where a fault is about something else."""
    return fault[3].partition(" have the key ")[2] if fault[1] == "unique_key" else ""


def rows_of(frame: pl.DataFrame) -> Bent:
    """Return a parser's table as one that can be bent, each row with a number of its own."""
    plain = frame.drop(ROW, strict=False)
    return whole(plain.columns, plain.rows())
