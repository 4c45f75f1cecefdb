"""The targets of the configuration file, `[[targets]]` in vaxwatch.toml.

A mistake is an error with its place and what is expected, as a misspelt target would stay silent.
The file has no secrets: an address with one is named by an environment variable.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from difflib import get_close_matches
from fnmatch import fnmatchcase
from typing import Any, Final, cast

from schemas.alerts import SEVERITIES
from schemas.errors import WrongUse, short
from tasks.alerts.config_file import config_file, read_config
from tasks.alerts.waiver_config import known_rules
from tasks.delivery.addresses import has_secret, secret_sentence
from tasks.delivery.targets import SENT_LANES, Target

NAME: Final = re.compile(r"[a-z0-9][a-z0-9_-]{0,40}")
LISTS: Final = ("sources", "countries", "rules", "severities", "lanes")
SWITCHES: Final = ("confirmed_only", "heartbeat", "silence")
TEXTS: Final = ("name", "url", "url_env")
EXPECTED: Final = (
    'Each [[targets]] has name (such as "newsroom") and url_env (the environment variable with the '
    "address) or url (an address without secrets), and may have sources, countries, rules, "
    "severities and lanes (lists of texts), confirmed_only, heartbeat and silence (true or false)."
)


def configured_targets() -> tuple[Target, ...]:
    """Return the configured targets; none without a file.

    Raises WrongUse when the file is missing, is no TOML, or holds something unknown.
    """
    file = config_file()
    return targets_from(read_config(file).get("targets", []), where=str(file)) if file else ()


def targets_from(listed: object, *, where: str) -> tuple[Target, ...]:
    """Return the targets of a TOML list of tables; `where` is the place that errors name.

    Raises WrongUse when a field is unknown, missing or of another type, two targets share a name,
    a url has a secret in it, or no source, rule, severity or lane has that name.
    """
    if not isinstance(listed, list):
        raise WrongUse(f"{where}: targets is no list of tables. {EXPECTED}")
    found: list[Target] = []
    for number, written in enumerate(cast("list[object]", listed), start=1):
        target = _target(written, f"{where}, target {number}")
        if any(other.name == target.name for other in found):
            raise WrongUse(
                f"{where}, target {number}: there are two targets named {target.name}; expected "
                f"a name of its own for each. Rename one."
            )
        found.append(target)
    return tuple(found)


def _target(written: object, where: str) -> Target:
    if not isinstance(written, dict):
        raise WrongUse(f"{where}: what stands there is no table. {EXPECTED}")
    fields = cast("dict[str, object]", written)
    _require_fields(fields, where)
    if has_secret(str(fields.get("url", ""))):
        raise WrongUse(f"{where}: {secret_sentence(str(fields['name']))}")
    lists = {name: tuple(cast("list[str]", fields[name])) for name in LISTS if name in fields}
    for name, known in _known(lists).items():
        for pattern in lists[name]:
            _refuse_unknown(name, pattern, known(), where)
    return Target(**cast("Any", {**fields, **lists}))


def _require_fields(fields: Mapping[str, object], where: str) -> None:
    for name, value in fields.items():
        if mistake := _mistake(name, value):
            raise WrongUse(f"{where}: {mistake}. {EXPECTED}")
    if not NAME.fullmatch(str(fields.get("name", ""))):
        raise WrongUse(
            f"{where}: seen the name {fields.get('name', '')!r}; expected up to 41 lower-case "
            f"letters, digits, '-' and '_'. {EXPECTED}"
        )
    if ("url" in fields) == ("url_env" in fields):
        raise WrongUse(f"{where}: expected url_env or url, and not both. {EXPECTED}")


def _mistake(name: str, value: object) -> str:
    """Return what is wrong with the type of a field; the value of an address is never shown."""
    if name in LISTS:
        texts = cast("list[object]", value) if isinstance(value, list) else [None]
        return "" if all(isinstance(text, str) for text in texts) else f"{name} is no list of texts"
    if name in SWITCHES:
        return "" if isinstance(value, bool) else f"{name} is {short(repr(value))}"
    if name in TEXTS:
        return "" if isinstance(value, str) and value.strip() else f"{name} is no text, or empty"
    return f"{short(name)} is nothing that a target has"


def _known(lists: Mapping[str, object]) -> dict[str, Callable[[], Iterable[str]]]:
    """Return for each list that is given a function that returns all names that it may have."""
    from tasks.sources import SOURCES  # noqa: PLC0415 (only a file with targets needs them)

    names: dict[str, Callable[[], Iterable[str]]] = {
        "sources": lambda: [
            *(source.name for source in SOURCES),
            *(f"{source.name}.{table}" for source in SOURCES for table in source.tables),
        ],
        "rules": known_rules,
        "severities": lambda: SEVERITIES,
        "lanes": lambda: SENT_LANES,
        "countries": known_countries,
    }
    return {name: names[name] for name in lists}


def known_countries() -> tuple[str, ...]:
    """Return the ISO 3166-1 alpha-3 codes, and those that stand in for one."""
    import pycountry  # noqa: PLC0415 (only a target that names countries needs them)

    from schemas.countries import USER_ASSIGNED  # noqa: PLC0415 (as above)

    return (*(country.alpha_3 for country in pycountry.countries), *USER_ASSIGNED)


def _refuse_unknown(name: str, pattern: str, known: Iterable[str], where: str) -> None:
    listed = tuple(known)
    if name in {"severities", "lanes"}:
        is_known = pattern in listed
    else:
        is_known = any(fnmatchcase(one, pattern) for one in listed)
    if not is_known:
        near = get_close_matches(pattern, listed, n=8, cutoff=0.5) or listed[:8]
        raise WrongUse(
            f"{where}: {name} has '{short(pattern)}', which matches nothing. Near it: "
            f"{', '.join(near)}."
        )
