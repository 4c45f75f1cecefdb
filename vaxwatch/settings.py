"""Settings: where the lake is, whom publishers can reach, which address a source is fetched from.

An option of the command line beats the environment (VAXWATCH_LAKE), that beats `vaxwatch.toml` (in
the working directory, or the file that VAXWATCH_CONFIG names), that beats the default.
"""

import json
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pkgutil import resolve_name
from typing import Any, Final

from schemas.errors import WrongUse
from schemas.waivers import Waiver
from tasks.alerts.alert_config import CONFIG, AlertConfig, alerts_from
from tasks.alerts.config_file import WrongSettings, config_file, read_toml, unknown_settings
from tasks.alerts.waiver_config import waivers_from
from tasks.delivery.targets import Target
from vaxwatch import setting_values as read


@dataclass(frozen=True, kw_only=True, slots=True)
class Settings:
    """All settings, and the names they have in the file.

    `lake`: a folder or s3://bucket/prefix. `contact`: an e-mail or web address that publishers see
    with each request; empty means none. `wayback`: the web archive that backfills ask, empty means
    the Internet Archive's. `allow_private`: whether a publisher may redirect to addresses that are
    not public (an address that is declared or given by hand may be anywhere). `marts`: whether runs
    build the marts, else `vaxwatch marts` does. `log`: 'text' or 'json': the run log on standard
    error, in that form; empty: only with --verbose. `public_base_url`: where people open the lake's
    files; empty: nowhere. `site_png`: 'all': each picture of the site is PNG in both sizes, too;
    'alerts' or empty: ADR 27's few. `sources`: by name, another address to fetch from. `waivers`:
    findings that are known and silenced, expired ones too; in the file alone. `alerts`: its section
    [alerts]. `targets`: whom alerts are sent to; in the file alone. `origins`: by setting, what
    sets it: the option, variable or file; a setting that has its default is not there.
    """

    lake: str = "./lake"
    contact: str = ""
    wayback: str = ""
    allow_private: bool = False
    marts: bool = True
    log: str = ""
    public_base_url: str = ""
    site_png: str = ""
    sources: Mapping[str, str | None] = field(default_factory=dict[str, "str | None"])
    waivers: tuple[Waiver, ...] = ()
    alerts: AlertConfig = CONFIG
    targets: tuple[Target, ...] = ()
    origins: Mapping[str, str] = field(default_factory=dict[str, str])


def load_settings(lake: str | None = None) -> Settings:
    """Return the settings in force; `lake` is the value of the option --lake, None without it.

    Raises WrongUse when the file is missing, is no TOML, or holds something unknown, such as a
    source that is not declared.
    """
    if os.environ.get("VAXWATCH_WAIVERS"):
        raise WrongUse(
            "VAXWATCH_WAIVERS is set, but waivers stand in vaxwatch.toml alone, where people see "
            "them. Unset it, and name another file by VAXWATCH_CONFIG where you need one."
        )
    file, mistakes = config_file(), list[str]()
    layers = list[tuple[str, dict[str, Any]]]()
    if file:
        written = read_toml(file)
        mistakes += filter(None, [unknown_settings(file, written)])
        layers.append((str(file), {name: it for name, it in written.items() if name in NAMES}))
    variables = {name: f"VAXWATCH_{name.upper()}" for name in READ}
    layers += [
        (variable, {name: text})
        for name, variable in variables.items()
        if (text := os.environ.get(variable))
    ]
    layers += [("--lake", {"lake": lake})] if lake is not None else []
    values: dict[str, Any] = {}
    origins: dict[str, str] = {}
    for origin, layer in layers:
        for name, set_to in layer.items():
            try:
                value = _read(name, set_to, origin)
            except WrongSettings as error:
                mistakes += error.mistakes
                continue
            except WrongUse as error:
                mistakes.append(str(error))
                continue
            merged = isinstance(value, dict) and name in values
            values[name] = values[name] | value if merged else value
            origins[name] = f"{origins[name]} and {origin}" if merged else origin
    if mistakes:
        raise WrongSettings(mistakes)
    return Settings(**values, origins=origins)


def _read(name: str, written: object, origin: str) -> Any:
    """Return the value of a setting. Raises WrongUse."""
    if name in IN_FILE_ALONE:
        return IN_FILE_ALONE[name](written, origin)
    return READ[name](written, origin, name)


READ: Final[Mapping[str, Callable[[object, str, str], Any]]] = {
    "lake": read.lake,
    "contact": read.contact,
    "wayback": read.page,
    "allow_private": read.switch,
    "log": read.log,
    "public_base_url": read.web_address,
    "site_png": read.site_png,
    "marts": read.switch,
    "sources": read.sources,
}
"""How each setting is read that a variable may set, too."""
TARGETS: Final = "tasks.delivery.target_config:targets_from"  # imported where there are some
IN_FILE_ALONE: Final[Mapping[str, Callable[[object, str], Any]]] = {
    "waivers": lambda written, origin: waivers_from(written, where=origin),
    "alerts": lambda written, origin: alerts_from(written, where=origin),
    "targets": lambda written, origin: resolve_name(TARGETS)(written, where=origin),
}
"""How each setting is read that only the file has."""
NAMES: Final = (*READ, *IN_FILE_ALONE)


def export_settings(settings: Settings) -> None:
    """Set the environment variables that a run reads its settings from.

    What is set stays, except VAXWATCH_SOURCES, which the settings contain.
    """
    wanted = {
        "VAXWATCH_CONTACT": settings.contact,
        "VAXWATCH_WAYBACK": settings.wayback,
        "VAXWATCH_ALLOW_PRIVATE": "true" if settings.allow_private else "",
        "VAXWATCH_MARTS": "" if settings.marts else "off",
        "VAXWATCH_LOG": settings.log,
        "VAXWATCH_PUBLIC_BASE_URL": settings.public_base_url,
        "VAXWATCH_SITE_PNG": settings.site_png,
    }
    for name, value in wanted.items():
        if value:
            os.environ.setdefault(name, value)
    urls = {name: {"url": url} for name, url in settings.sources.items() if url}
    if urls:  # no parameter of a run: Prefect keeps those in its database, with their passwords
        os.environ["VAXWATCH_SOURCES"] = json.dumps(urls)
