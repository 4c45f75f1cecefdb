"""How the value of each setting is read: from the file of settings, or from a variable."""

import json
from contextlib import suppress
from typing import cast
from urllib.parse import urlsplit

from schemas.errors import UnknownName, WrongUse, short
from schemas.redaction import redacted
from tasks.alerts.config_file import SETTINGS


def text(written: object, origin: str, name: str) -> str:
    """Return a text. Raises WrongUse."""
    if not isinstance(written, str):
        raise _mistake(origin, name, written, "a text in quotes")
    return written


def lake(written: object, origin: str, name: str) -> str:
    """Return the address of a lake. Raises WrongUse where it is empty."""
    if not (value := text(written, origin, name)).strip():
        raise _mistake(origin, name, written, "a folder or s3://bucket/prefix")
    return value


def page(written: object, origin: str, name: str) -> str:
    """Return an address that is fetched from, perhaps with a password. Raises WrongUse.

    Empty: as if it were not set.
    """
    if not (value := text(written, origin, name)):
        return value
    with suppress(ValueError):  # brackets without an end
        parts = urlsplit(value)
        if parts.scheme in {"http", "https"} and parts.hostname:
            return value
    raise _mistake(origin, name, redacted(value), "an http:// or https:// address")


def contact(written: object, origin: str, name: str) -> str:
    """Return an e-mail or web address that fits into a header. Raises WrongUse."""
    value = text(written, origin, name)
    if not (value.isascii() and value.isprintable()):  # it is sent in a header
        raise _mistake(origin, name, written, "an e-mail or web address in ASCII")
    return value


def log(written: object, origin: str, name: str) -> str:
    """Return the form of the run log: 'text', 'json' or empty. Raises WrongUse."""
    if (value := text(written, origin, name)) in {"", "text", "json"}:
        return value
    raise _mistake(origin, name, written, "text or json")


def site_png(written: object, origin: str, name: str) -> str:
    """Return which pictures of the site are PNG, too: 'alerts', 'all' or empty. Raises WrongUse."""
    if (value := text(written, origin, name)) in {"", "alerts", "all"}:
        return value
    raise _mistake(origin, name, written, "alerts or all")


def web_address(written: object, origin: str, name: str) -> str:
    """Return an address that a browser opens, empty for none. Raises WrongUse."""
    value = text(written, origin, name)
    if not value or (value.startswith(("http://", "https://")) and value == redacted(value)):
        return value
    raise _mistake(origin, name, written, "an http:// or https:// address without a password")


def switch(written: object, origin: str, name: str) -> bool:
    """Return a boolean, also where a variable has it as a word. Raises WrongUse."""
    if isinstance(written, bool):
        return written
    word = written.strip().lower() if isinstance(written, str) else ""
    if word in {"1", "true", "yes", "on"}:
        return True
    if word in {"0", "false", "no", "off"}:
        return False
    raise _mistake(origin, name, written, "true or false")


def sources(written: object, origin: str, name: str) -> dict[str, str | None]:
    """Return addresses by source, None where a table names none. Raises WrongUse."""
    if isinstance(written, str):
        try:
            written = json.loads(written)
        except (ValueError, RecursionError) as error:
            raise _mistake(f"the environment ({origin})", name, written, "JSON") from error
    if not isinstance(written, dict):
        raise _mistake(origin, name, written, 'tables such as [sources.unicef_market] with a "url"')
    tables = cast("dict[str, object]", written)
    return {source: _url(source, table, origin) for source, table in tables.items()}


def _url(source: str, table: object, origin: str) -> str | None:
    from tasks.sources import source_named  # noqa: PLC0415 (only a file that names one needs them)

    where = f"sources.{source}"
    if not isinstance(table, dict):
        raise _mistake(origin, where, table, "a table with a url")
    settings = cast("dict[str, object]", table)
    for name in settings.keys() - {"url"}:
        raise _mistake(origin, f"{where}.{name}", settings[name], "url alone")
    url = settings.get("url")
    try:
        source_named(source)
    except UnknownName as error:
        raise WrongUse(
            f"{origin} sets [{where}]. {error} Mend the name or take the section out."
        ) from error
    return None if url is None else page(url, origin, f"{where}.url")


def _mistake(origin: str, name: str, seen: object, expected: str) -> WrongUse:
    shown = short(redacted(repr(seen)))
    return WrongUse(
        f"Settings in {origin} are wrong: {name} is {shown}; expected {expected}. Known are "
        f"{', '.join(SETTINGS)}, url in [sources.<name>], [[waivers]], [[targets]] and [alerts]. "
        f"Mend it there."
    )
