"""The section [alerts] of vaxwatch.toml: who operates, which countries matter, thresholds of rules.

A mistake is an error with its place, what is there and what is expected; all of them are reported
at once.
"""

import math
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any, Final, cast

from schemas.errors import short
from schemas.redaction import redacted
from schemas.rule_settings import DEFAULTS, RuleSettings
from tasks.alerts.config_file import WrongSettings, config_file, read_config

if TYPE_CHECKING:
    from tasks.alerts.rules.model.rule import Parameter, Rule

SHADOW_VERSIONS: Final = 4
"""Versions that a new source or rule is evaluated for before anybody is notified."""
MOST_SHADOW: Final = 1_000
MEND: Final = "Mend it there."
Mistakes = list[str]


@dataclass(frozen=True, kw_only=True, slots=True)
class AlertConfig:
    """What the section [alerts] sets.

    `operator`: the name that is recorded with what people do, '' for the login name.
    `shadow_versions`: how many versions a new source or rule runs in shadow. `rules`: thresholds,
    disabled rules, watch-list. `reasons`: why each disabled rule is, by its id.
    """

    operator: str = ""
    shadow_versions: int = SHADOW_VERSIONS
    rules: RuleSettings = DEFAULTS
    reasons: Mapping[str, str] = field(default_factory=dict[str, str])


def configured_alerts() -> AlertConfig:
    """Return the configured section; its defaults without a file. Raises WrongUse."""
    file = config_file()
    return alerts_from(read_config(file).get("alerts", {}), where=str(file)) if file else CONFIG


def alerts_from(written: object, *, where: str) -> AlertConfig:
    """Return the section [alerts]; `where`: the place that errors name. Raises WrongSettings."""
    mistakes: Mistakes = []
    place = f"{where}: alerts"
    section = _table(written, place, mistakes)
    for name in section.keys() - {"operator", "watch_list", "shadow_versions", "rules"}:
        known = ("operator", "watch_list", "shadow_versions", "rules")
        mistakes.append(unknown_name(f"{place}.{name}", "setting", name, known))
    operator = section.get("operator", "")
    if not (isinstance(operator, str) and operator.isprintable()):
        mistakes.append(mistake(f"{place}.operator", operator, "a name in quotes"))
    shadow = section.get("shadow_versions", SHADOW_VERSIONS)
    if type(shadow) is not int or not 0 <= shadow <= MOST_SHADOW:
        expected = f"a whole number from 0 to {MOST_SHADOW:,}"
        mistakes.append(mistake(f"{place}.shadow_versions", shadow, expected))
    countries = _countries(section.get("watch_list", []), f"{place}.watch_list", mistakes)
    reasons, thresholds = _rules(section.get("rules", {}), f"{place}.rules", mistakes)
    if mistakes:
        raise WrongSettings(sorted(mistakes))
    return AlertConfig(
        operator=str(operator).strip(),
        shadow_versions=cast("int", shadow),
        rules=RuleSettings(
            thresholds=thresholds, disabled=frozenset(reasons), watch_list=frozenset(countries)
        ),
        reasons=reasons,
    )


def threshold_mistake(parameter: "Parameter", written: object) -> str:
    """Return what is expected of a threshold, where a value is no possible one; else ''.

    A share is 0 to 1, a chance is between 0 and 1, a count is 0 or more.
    """
    is_number = isinstance(written, int | float) and not isinstance(written, bool)
    value = float(cast("float", written)) if is_number else math.nan
    within: Mapping[str, tuple[bool, str]] = {
        "share": (0 <= value <= 1, "a share from 0 to 1"),
        "chance": (0 < value < 1, "a chance above 0 and below 1"),
    }
    is_right, expected = within.get(
        parameter.unit, (0 <= value < math.inf, "a number that is 0 or more")
    )
    default = f"(default {parameter.value:,}: {parameter.description})"
    return "" if is_right else f"{expected} {default}"


def rules_by_id() -> "dict[str, Rule]":
    """Return all alert rules by their ids."""
    from tasks.alerts.rules.registry import RULES

    return {rule.id: rule for rule in RULES}


def mistake(place: str, seen: object, expected: str) -> str:
    """Return the sentence on a value that cannot be."""
    return f"{place} is {short(redacted(repr(seen)))}; expected {expected}. {MEND}"


def unknown_name(place: str, kind: str, name: str, known: Collection[str]) -> str:
    """Return the sentence on a name that is not known, with those near it."""
    near = get_close_matches(name, known, n=3, cutoff=0.5)
    offered = f"Did you mean {' or '.join(near)}?" if near else f"There are: {', '.join(known)}."
    return f"{place}: there is no {kind} '{short(name)}'. {offered} {MEND}"


def _table(written: object, place: str, mistakes: Mistakes) -> dict[str, Any]:
    if isinstance(written, dict):
        return cast("dict[str, Any]", written)
    mistakes.append(mistake(place, written, "a table of settings"))
    return {}


def _countries(written: object, place: str, mistakes: Mistakes) -> list[str]:
    if not isinstance(written, list):
        mistakes.append(mistake(place, written, 'a list of country codes, such as ["PRK"]'))
        return []
    return [*_codes(cast("list[object]", written), place, mistakes)]


def _codes(listed: list[object], place: str, mistakes: Mistakes) -> Iterator[str]:
    from schemas.countries import iso3_of

    for one in listed:
        code = iso3_of(one.strip().upper()) or iso3_of(one) if isinstance(one, str) else None
        if code:
            yield code
        else:
            expected = 'a country, such as "PRK" or "Haiti"'
            mistakes.append(mistake(f"An entry of {place}", one, expected))


def _rules(
    written: object, place: str, mistakes: Mistakes
) -> tuple[dict[str, str], dict[str, dict[str, float]]]:
    """Return why rules are disabled, and thresholds, both by rule."""
    tables = _table(written, place, mistakes)
    known = rules_by_id() if tables else {}
    reasons: dict[str, str] = {}
    thresholds: dict[str, dict[str, float]] = {}
    for name, table in tables.items():
        if name not in known:
            mistakes.append(unknown_name(f"{place}.{name}", "rule", name, [*known]))
            continue
        fields = dict(_table(table, f"{place}.{name}", mistakes))
        reason = _disabled(fields, f"{place}.{name}", mistakes)
        if reason is not None:
            reasons[name] = reason
        if values := _thresholds(known[name], fields, f"{place}.{name}", mistakes):
            thresholds[name] = values
    return reasons, thresholds


def _disabled(fields: dict[str, Any], place: str, mistakes: Mistakes) -> str | None:
    """Take `enabled` and `reason` out of a rule's table; return why it is disabled, if it is."""
    enabled, reason = fields.pop("enabled", True), fields.pop("reason", "")
    if not isinstance(enabled, bool):
        mistakes.append(mistake(f"{place}.enabled", enabled, "true or false"))
    elif not isinstance(reason, str):
        mistakes.append(mistake(f"{place}.reason", reason, "a sentence in quotes"))
    elif not enabled and not reason.strip():
        mistakes.append(mistake(f"{place}.reason", reason, "why the rule is disabled, a sentence"))
    return None if enabled is not False else str(reason).strip()


def _thresholds(
    rule: "Rule", fields: Mapping[str, object], place: str, mistakes: Mistakes
) -> dict[str, float]:
    found: dict[str, float] = {}
    for name, value in fields.items():
        if name not in rule.parameters:
            known = [*rule.parameters, "enabled", "reason"]
            what = f"threshold of {rule.id}"
            mistakes.append(unknown_name(f"{place}.{name}", what, name, known))
        elif expected := threshold_mistake(rule.parameters[name], value):
            mistakes.append(mistake(f"{place}.{name}", value, expected))
        else:
            found[name] = cast("float", value)
    return found


CONFIG: Final = AlertConfig()
"""Without the section."""
