"""The waivers of the configuration file, `[[waivers]]` in vaxwatch.toml, and notes on their expiry.

A mistake is an error with its place and what is expected, as a misspelt waiver would silence
nothing, or too much.
"""

from collections.abc import Collection, Iterable
from datetime import date, timedelta
from difflib import get_close_matches
from fnmatch import fnmatchcase
from typing import Any, Final, cast

from schemas.errors import WrongUse
from schemas.waivers import BUDGET, Waiver
from tasks.alerts.config_file import FILE, WrongSettings, config_file, read_config

KEY_COLUMNS: Final = frozenset(
    {
        *("iso3", "product", "mechanism", "donor", "buyer", "supplier"),
        *("deal_on", "reported_on", "observed_on", "origin", "month", "year", "offer_id"),
        "antigen",
    }
)
"""Key columns of all tables."""
FEW: Final = 8
"""How many similar names an error offers."""
LISTED: Final = {
    "rule": "docs/rules.md and docs/validation.md have all rules.",
    "dataset": "A dataset is <source>.<table>; README.md has all sources with their tables.",
    "key column": "docs/tables.md has the key of each table.",
}
EXPECTED: Final = (
    "Each [[waivers]] has rule, dataset, reason, owner and expires (a date without quotes, such as "
    '2026-12-31), and may have key (text by key column, such as {iso3 = "PRK"}).'
)
TEXTS: Final = ("rule", "dataset", "reason", "owner")
"""Required text fields of a waiver."""
SOON: Final = timedelta(days=14)
"""Waivers that expire within this time are announced."""


def configured() -> tuple[Waiver, ...]:
    """Return the configured waivers, expired ones included; none without a file.

    Raises WrongUse when the file is missing, is no TOML, or holds something unknown.
    """
    file = config_file()
    return waivers_from(read_config(file).get("waivers", []), where=str(file)) if file else ()


def waivers_from(listed: object, *, where: str) -> tuple[Waiver, ...]:
    """Return the waivers of a TOML list of tables; `where` is the place that errors name.

    Raises WrongUse when a field is unknown, missing, empty or of another type, or no rule, dataset
    or key column has that name.
    """
    if not isinstance(listed, list):
        raise WrongUse(f"{where}: waivers is no list of tables. {EXPECTED}")
    found, mistakes = list[Waiver](), list[str]()
    for number, one in enumerate(cast("list[object]", listed), start=1):
        try:
            found.append(_waiver(one, f"{where}, waiver {number}"))
        except WrongUse as error:
            mistakes.append(str(error))
    if mistakes:
        raise WrongSettings(mistakes)
    return tuple(found)


def known_rules() -> tuple[str, ...]:
    """Return the names of all rules that can be waived, sorted."""
    from schemas.expectations.tables import SUITES
    from schemas.validation_rules import VALIDATION_RULES
    from tasks.alerts.rules.registry import RULES

    expectations = {one.name for suite in SUITES.values() for one in suite.expectations}
    return tuple(sorted({*(rule.id for rule in RULES), *VALIDATION_RULES, *expectations, BUDGET}))


def _waiver(written: object, where: str) -> Waiver:
    from tasks.sources import SOURCES

    if mistakes := _mistakes(written):
        raise WrongUse(f"{where}: {'; '.join(mistakes)}. {EXPECTED}")
    fields = cast("dict[str, Any]", written)
    texts = {name: fields[name].strip() for name in TEXTS}
    key = {name: value.strip() for name, value in fields.get("key", {}).items()}
    tables = {
        f"{source.name}.{table}": columns
        for source in SOURCES
        for table, columns in source.tables.items()
    }
    _refuse_unknown("rule", texts["rule"], known_rules(), where)
    _refuse_unknown("dataset", texts["dataset"], tables, where)
    meant = [columns for name, columns in tables.items() if fnmatchcase(name, texts["dataset"])]
    keys = {name for columns in meant for name in columns if name in KEY_COLUMNS}
    for name in key:
        _refuse_unknown("key column", name, sorted(keys), where)
    return Waiver(**texts, expires=fields["expires"], key=key)


def _refuse_unknown(what: str, pattern: str, known: Collection[str], where: str) -> None:
    if any(fnmatchcase(name, pattern) for name in known):
        return
    near = get_close_matches(pattern, known, n=FEW, cutoff=0.5)
    if len(known) <= FEW:
        there = f"There are: {', '.join(known)}."
    else:
        there = f"Near it: {', '.join(near)}." if near else LISTED[what]
    raise WrongUse(f"{where}: no {what} is called '{pattern}', so it is about nothing. {there}")


def _mistakes(written: object) -> list[str]:
    if not isinstance(written, dict):
        return ["what stands there is no table"]
    fields = cast("dict[str, object]", written)
    found = [f"{name} is missing" for name in (*TEXTS, "expires") if name not in fields]
    for name, value in fields.items():
        if name == "key" and isinstance(value, dict):
            texts = cast("dict[str, object]", value)
            found += [_text_mistake(f"key.{column}", texts[column]) for column in texts]
        elif name in TEXTS:
            found.append(_text_mistake(name, value))
        elif name != "expires":
            found.append(
                "key is no table" if name == "key" else f"{name} is nothing that a waiver has"
            )
        elif type(value) is not date:
            found.append(f"{name} is '{value}', which is no date")
    return [*filter(None, found)]


def _text_mistake(name: str, value: object) -> str:
    if not isinstance(value, str):
        return f"{name} is {value!r}, which is no text"
    return "" if value.strip() else f"{name} is empty"


def expired(waivers: Iterable[Waiver], on: date) -> list[str]:
    """Return a sentence for each waiver that has expired on a day."""
    return [
        f"{waiver} expired on {waiver.expires}: what it silenced is reported again. "
        f"Renew or remove it in {FILE}."
        for waiver in waivers
        if not waiver.holds(on)
    ]


def expiring(waivers: Iterable[Waiver], on: date) -> list[str]:
    """Return a sentence for each waiver that expires within 14 days of a day."""
    return [
        f"{waiver} expires on {waiver.expires}: what it silences is reported again from the next "
        f"day on. Renew or remove it in {FILE}."
        for waiver in waivers
        if waiver.holds(on) and waiver.expires - on <= SOON
    ]


def waiver_notes(waivers: Iterable[Waiver], on: date) -> list[str]:
    """Return the notes on expired waivers, then those on waivers that expire soon."""
    listed = tuple(waivers)
    return [*expired(listed, on), *expiring(listed, on)]
