"""The targets of the configuration file, `[[targets]]` in vaxwatch.toml.

A mistake is an error with its place and what is expected, as a misspelt target would stay silent.
The file has no secrets: an address with one is named by an environment variable.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from difflib import get_close_matches
from fnmatch import fnmatchcase
from typing import Any, Final, cast

from schemas.alerts import SEVERITIES
from schemas.errors import WrongUse, short
from tasks.alerts.config_file import WrongSettings, config_file, read_config
from tasks.alerts.waiver_config import known_rules
from tasks.delivery.addresses import has_secret, secret_sentence
from tasks.delivery.targets import SENT_LANES, Target

VARIABLE: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
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

    An empty list is as if it were absent; a country may be named.

    Raises WrongUse, with all mistakes, when a field is unknown, missing or of another type, two
    targets share a name, a url has a secret in it, url_env is no name of a variable, or no source,
    country, rule, severity or lane has that name.
    """
    if not isinstance(listed, list):
        raise WrongUse(f"{where}: targets is no list of tables. {EXPECTED}")
    found: list[Target] = []
    mistakes: list[str] = []
    for number, written in enumerate(cast("list[object]", listed), start=1):
        place = f"{where}, target {number}"
        try:
            target = _target(written, place)
        except WrongSettings as error:
            mistakes += error.mistakes
            continue
        if any(other.name == target.name for other in found):
            mistakes.append(
                f"{place}: there are two targets named {target.name}; expected a name of its own "
                f"for each. Rename one."
            )
        found.append(target)
    if mistakes:
        raise WrongSettings(mistakes)
    return tuple(found)


def _target(written: object, where: str) -> Target:
    if not isinstance(written, dict):
        raise WrongSettings([f"{where}: what stands there is no table. {EXPECTED}"])
    fields = cast("dict[str, object]", written)
    of_fields = [*_field_mistakes(fields)]
    mistakes = [f"{where}: {'; '.join(of_fields)}. {EXPECTED}"] if of_fields else []
    if has_secret(str(fields.get("url", ""))):
        mistakes.append(f"{where}: {secret_sentence(str(fields.get('name', '')))}")
    lists = {
        name: tuple(_as_known(name, text) for text in cast("list[str]", fields[name]))
        for name in LISTS
        if fields.get(name) and not _mistake(name, fields[name])
    }
    for name, known in _known(lists).items():
        mistakes += [*_unknown(name, lists[name], known(), where)]
    if mistakes:
        raise WrongSettings(mistakes)
    others = {name: value for name, value in fields.items() if name not in LISTS}
    return Target(**cast("Any", {**others, **lists}))


def _field_mistakes(fields: Mapping[str, object]) -> Iterator[str]:
    """Yield what is wrong with each field; the value of an address is never shown."""
    yield from filter(None, (_mistake(name, value) for name, value in fields.items()))
    if not NAME.fullmatch(str(fields.get("name", ""))):
        yield (
            f"seen the name {fields.get('name', '')!r}; expected up to 41 lower-case letters, "
            f"digits, '-' and '_'"
        )
    if ("url" in fields) == ("url_env" in fields):
        yield "expected url_env or url, and not both"


def _as_known(name: str, text: str) -> str:
    """Return the code of a country that is named or in small letters; any other text as it is."""
    if name != "countries":
        return text
    from schemas.countries import iso3_of  # noqa: PLC0415 (only a target that names countries needs it)

    return iso3_of(text.strip().upper()) or iso3_of(text) or text


def _mistake(name: str, value: object) -> str:
    """Return what is wrong with the type of a field; the value of an address is never shown."""
    if name in LISTS:
        texts = cast("list[object]", value) if isinstance(value, list) else [None]
        return "" if all(isinstance(text, str) for text in texts) else f"{name} is no list of texts"
    if name in SWITCHES:
        return "" if isinstance(value, bool) else f"{name} is {short(repr(value))}"
    if name == "url_env" and isinstance(value, str) and value and not VARIABLE.fullmatch(value):
        return "url_env is no name of an environment variable (what it is is not shown)"
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


def _unknown(name: str, patterns: Iterable[str], known: Iterable[str], where: str) -> Iterator[str]:
    """Yield a sentence for each pattern that matches no known name."""
    listed = tuple(known)
    for pattern in patterns:
        if name in {"severities", "lanes"}:
            is_known = pattern in listed
        else:
            is_known = any(fnmatchcase(one, pattern) for one in listed)
        if not is_known:
            near = get_close_matches(pattern, listed, n=8, cutoff=0.5)
            if near or name != "countries":
                offered = f"Near it: {', '.join(near or listed[:8])}."
            else:
                offered = "Expected a code or a name, such as PRK or Haiti."
            yield f"{where}: {name} has '{short(pattern)}', which matches nothing. {offered}"
