"""
Waivers as they are written down: `[[waivers]]` in vaxwatch.toml.

Promises: the one parser of waivers, for the command line and for runs that do not come through it;
a mistake is told with its place and what was expected, and never passed over, as a waiver that is
misspelt would silence nothing, or too much.
"""

import os
import tomllib
from collections.abc import Collection, Mapping
from datetime import date
from difflib import get_close_matches
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Annotated, Any, Final, cast

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from schemas import registry
from schemas.errors import WrongUse
from schemas.expectations.tables import SUITES
from schemas.waivers import BUDGET, Waiver
from tasks.alerts.rules.thresholds import PARAMETERS
from tasks.sources import SOURCES

FILE: Final = "vaxwatch.toml"
SETTINGS: Final = ("lake", "contact", "wayback", "allow_private", "sources", "waivers")
"""What may stand in the file, at its top level."""
RULES: Final[tuple[Collection[str], ...]] = (
    PARAMETERS.keys(),
    registry.RULES.keys(),
    frozenset(it.name for suite in SUITES.values() for it in suite.expectations),
    (BUDGET,),
)
"""The names of all rules that can be waived, by who judges: a room that has rules adds them."""
KEY_COLUMNS: Final = frozenset(
    {
        *("iso3", "product", "mechanism", "donor", "buyer", "supplier"),
        *("deal_on", "reported_on", "observed_on", "origin", "year"),
    }
)
"""Columns that are in the key of a table."""
FEW: Final = 8
"""So many names, the nearest, are offered in place of one that is not there."""
LISTED: Final = {
    "rule": "docs/rules.md and docs/validation.md have all rules.",
    "dataset": "A dataset is <source>.<table>; README.md has all sources with their tables.",
}
EXPECTED: Final = (
    "Each [[waivers]] has rule, dataset, reason, owner and expires (a date without quotes, such as "
    '2026-12-31), and may have key (text by key column, such as {iso3 = "PRK"}).'
)
Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)]


class Written(BaseModel):
    """One waiver as it is written down."""

    model_config = ConfigDict(extra="forbid", strict=True)
    rule: Text
    dataset: Text
    reason: Text
    owner: Text
    expires: date
    key: dict[str, Text] = Field(default_factory=dict)


def config_file() -> Path | None:
    """
    Return the file of settings: that of VAXWATCH_CONFIG, else ./vaxwatch.toml, None without one.

    Raises WrongUse when the variable names no file.
    """
    named = os.environ.get("VAXWATCH_CONFIG")
    if not named:
        return Path(FILE) if Path(FILE).is_file() else None
    if not Path(named).is_file():
        raise WrongUse(f"VAXWATCH_CONFIG names {named}, which is no file. Write it or unset it.")
    return Path(named)


def configured() -> tuple[Waiver, ...]:
    """
    Return the waivers of the file of settings, expired ones too; none without such a file.

    Raises WrongUse when the file is missing, is no TOML, or holds something unknown.
    """
    file = config_file()
    if file is None:
        return ()
    try:
        written = tomllib.loads(file.read_text(encoding="utf-8"))
    except tomllib.TOMLDecodeError as error:
        raise WrongUse(f"{file} is no TOML: {error}. Mend that line.") from error
    if unknown := sorted(written.keys() - set(SETTINGS)):
        raise WrongUse(
            f"{file} sets {', '.join(unknown)}, which is no setting; expected one of "
            f"{', '.join(SETTINGS)}. Mend the name or take it out."
        )
    return waivers_from(written.get("waivers", []), where=str(file))


def waivers_from(listed: object, *, where: str) -> tuple[Waiver, ...]:
    """
    Return the waivers of a list of tables, as TOML has them; `where` is told with a mistake.

    Raises:
        WrongUse: A field is unknown, missing, empty or of another type; no rule, no dataset or no
            key column has that name.
    """
    if not isinstance(listed, list):
        raise WrongUse(f"{where}: waivers is no list of tables. {EXPECTED}")
    tables = cast("list[object]", listed)
    return tuple(
        _waiver(one, f"{where}, waiver {number}") for number, one in enumerate(tables, start=1)
    )


def known_rules() -> tuple[str, ...]:
    """
    Return the names of all rules that can be waived, sorted.

    >>> "R11" in known_rules()
    True
    """
    return tuple(sorted({name for names in RULES for name in names}))


def _waiver(one: object, where: str) -> Waiver:
    try:
        written = Written.model_validate(one)
    except ValidationError as error:
        raise WrongUse(f"{where}: {_mistakes(error)}. {EXPECTED}") from error
    tables = {
        f"{source.name}.{table}": columns
        for source in SOURCES
        for table, columns in source.tables.items()
    }
    _refuse_unknown("rule", written.rule, known_rules(), where)
    _refuse_unknown("dataset", written.dataset, tables, where)
    meant = [columns for name, columns in tables.items() if fnmatchcase(name, written.dataset)]
    keys = {name for columns in meant for name in columns if name in KEY_COLUMNS}
    for name in written.key:
        _refuse_unknown("key column", name, sorted(keys), where)
    return Waiver(**written.model_dump())


def _refuse_unknown(what: str, pattern: str, known: Collection[str], where: str) -> None:
    if any(fnmatchcase(name, pattern) for name in known):
        return
    near = get_close_matches(pattern, known, n=FEW, cutoff=0.5)
    if len(known) <= FEW:
        there = f"There are: {', '.join(known)}."
    else:
        there = f"Near it: {', '.join(near)}." if near else LISTED[what]
    raise WrongUse(f"{where}: no {what} is called '{pattern}', so it is about nothing. {there}")


def _mistakes(error: ValidationError) -> str:
    return "; ".join(_mistake(told) for told in error.errors())


def _mistake(told: Mapping[str, Any]) -> str:
    """Return what is wrong with one field, in our words where pydantic's are for programmers."""
    name = ".".join(map(str, told["loc"])) or "what stands there"
    words = {
        "missing": "is missing",
        "extra_forbidden": "is nothing that a waiver has",
        "string_too_short": "is empty",
        "date_type": f"is '{told['input']}', which is no date",
        "string_type": f"is {told['input']!r}, which is no text",
        "dict_type": "is no table",
        "model_type": "is no table",
    }
    return f"{name} {words.get(told['type'], told['msg'])}"
