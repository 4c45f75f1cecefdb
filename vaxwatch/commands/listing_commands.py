"""The commands that show what is declared and set: sources, config check."""

import os
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from operator import itemgetter
from typing import Final

from rich.console import Console

from schemas.errors import WrongUse
from schemas.redaction import redacted_address
from schemas.source import Source
from schemas.wording import listed
from tasks.alerts.alert_config import CONFIG, rules_by_id
from tasks.alerts.config_file import WrongSettings, config_file
from tasks.delivery.addresses import address_of, require_usable
from tasks.freshness.source_activity import activities
from tasks.freshness.source_life import Activity, life_of
from tasks.sources import SOURCES, source_named
from tasks.vault.backends.open_store import open_store
from vaxwatch.commands.command_runner import DONE, Run, command
from vaxwatch.commands.reading_commands import near_values
from vaxwatch.console import report
from vaxwatch.display import draw_table, span
from vaxwatch.documents import Document, iso_duration, plain
from vaxwatch.reader import Lake
from vaxwatch.settings import READ, Settings

DAY = len("2022-02-10")
PREFIX: Final = "VAXWATCH_"
VARIABLES: Final = [f"{PREFIX}{name.upper()}" for name in (*READ, "config", "dask_address")]
"""The variables that set something."""
FOR_OTHERS: Final = ("CHROMIUM", "CORPUS", "FUZZ", "POSTGRES", "SETTINGS", "TEST_SERVERS")
"""Variables of the tests and of the compose file, which no command reads."""


@command
def sources(run: Run) -> int:
    """Show every source: publisher, cadence, licence, last vintage, state."""
    lake, now = Lake(open_store(run.lake)), datetime.now(UTC)
    document = source_documents(lake, now)
    run.answer(document, lambda console: _draw_sources(console, document))
    if not lake.exists():
        report(f"Nothing was ever ingested at {run.lake}; `vaxwatch demo` makes a lake.")
    return DONE


def source_documents(lake: Lake, now: datetime) -> list[Document]:
    """Return every declared source in the shape of `sources --json`.

    last_as_of: null where nothing was ingested. state: as of `life_of`. frozen: why nothing is
    published. ended: since when nothing new comes. by_hand: how to get the file of a page for
    people. The last three are empty where they do not apply.
    """
    found = activities(lake.store, SOURCES)
    return [_document(source, one, now) for source, one in zip(SOURCES, found, strict=True)]


def _document(source: Source, activity: Activity, now: datetime) -> Document:
    state = life_of(source, activity, now)
    return {
        "name": source.name,
        "publisher": source.publisher,
        "url": source.url,
        "licence": source.licence,
        "cadence": iso_duration(source.cadence),
        "last_as_of": plain(activity.last_as_of),
        "state": state,
        "attribution": source.attribution,
        "frozen": activity.fault if state == "frozen" else "",
        "by_hand": source.by_hand,
        "ended": source.ended,
    }


def _draw_sources(console: Console, listed: Sequence[Document]) -> None:
    headings = ("source", "publisher", "every", "last vintage", "state", "licence")
    rows = [
        (
            source["name"],
            source["publisher"],
            span(source_named(source["name"]).cadence),
            (source["last_as_of"] or "never")[:DAY],
            source["state"],
            source["licence"],
        )
        for source in listed
    ]
    draw_table(console, None, headings=headings, lines=rows)
    notes = [
        (source["name"], note)
        for source in listed
        if (note := " ".join(filter(None, (source["frozen"], source["ended"], source["by_hand"]))))
    ]
    draw_table(console, None, headings=("source", "note"), lines=notes)
    citations = map(itemgetter("name", "attribution"), listed)
    draw_table(console, None, headings=("source", "cite as"), lines=citations)


@command
def config_check(run: Run) -> int:
    """Show every setting and what sets it; a mistake, also in a waiver, is exit code 2."""
    settings = run.settings
    _refuse_unknown_variables(settings)
    _refuse_unusable_targets(settings)
    document = _settings_document(settings)
    return run.answer(document, lambda console: _draw_settings(console, document))


def _refuse_unusable_targets(settings: Settings) -> None:
    """Raise WrongUse for the addresses that cannot be sent to; note those that are not set here."""
    mistakes: list[str] = []
    for target in settings.targets:
        if target.url_env and not os.environ.get(target.url_env):
            report(f"vaxwatch: Target {target.name}: {target.url_env} is not set here.")
            continue
        try:
            require_usable(target, address_of(target, os.environ))
        except WrongUse as error:
            mistakes.append(str(error))
    if mistakes:
        raise WrongSettings(mistakes)


def _refuse_unknown_variables(settings: Settings) -> None:
    """Raise WrongUse for a variable VAXWATCH_… that sets nothing, with those that are similar."""
    known = {*VARIABLES, *(f"{PREFIX}{name}" for name in FOR_OTHERS)}
    known |= {target.url_env for target in settings.targets}
    for name in sorted(os.environ):
        if name.startswith(PREFIX) and name not in known:
            near = listed(near_values(name, VARIABLES) or VARIABLES)
            raise WrongUse(f"{name} is set, but sets nothing. Did you mean: {near}? Unset it.")


def _settings_document(settings: Settings) -> Document:
    """Return file [null without one], settings [name, value, set_by] and waivers, as JSON values.

    The secrets of an address are left out. `is_in_force`: whether a waiver has not expired today.
    """
    today, file = datetime.now(UTC).date(), config_file()
    values = {name: getattr(settings, name) for name in READ if name != "sources"}
    values |= {f"sources.{name}.url": url for name, url in settings.sources.items()}
    values |= {f"targets.{it.name}": it.url or it.url_env for it in settings.targets}
    of_alerts = list(alert_settings(settings))
    return {
        "file": str(file) if file else None,
        "settings": [
            {
                "name": name,
                "value": redacted_address(value) if isinstance(value, str) else value,
                "set_by": settings.origins.get(name.partition(".")[0], "default"),
            }
            for name, value in values.items()
        ]
        + of_alerts,
        "waivers": [
            plain(waiver) | {"is_in_force": waiver.holds(today)} for waiver in settings.waivers
        ],
    }


def alert_settings(settings: Settings) -> Iterator[Document]:
    """Yield the settings of the section [alerts]: the thresholds of all rules, too."""
    config, file = settings.alerts, settings.origins.get("alerts", "default")
    section = {
        "operator": config.operator,
        "watch_list": ", ".join(sorted(config.rules.watch_list)),
        "shadow_versions": config.shadow_versions,
    }
    for name, value in section.items():
        set_by = "default" if value == getattr(CONFIG, name, "") else file
        yield {"name": f"alerts.{name}", "value": value, "set_by": set_by}
    for rule in rules_by_id().values():
        place = f"alerts.rules.{rule.id}"
        if rule.id in config.reasons:
            yield {"name": f"{place}.enabled", "value": False, "set_by": file}
            yield {"name": f"{place}.reason", "value": config.reasons[rule.id], "set_by": file}
        given = config.rules.thresholds.get(rule.id, {})
        for name, value in rule.thresholds(config.rules).items():
            set_by = file if name in given else "default"
            yield {"name": f"{place}.{name}", "value": value, "set_by": set_by}


def _draw_settings(console: Console, document: Document) -> None:
    lines = map(itemgetter("name", "value", "set_by"), document["settings"])
    draw_table(console, None, headings=("setting", "value", "set by"), lines=lines)
    if document["waivers"]:
        columns = itemgetter("rule", "dataset", "expires", "owner", "reason")
        headings = ("rule", "dataset", "until", "owner", "reason")
        draw_table(console, "Waivers", headings=headings, lines=map(columns, document["waivers"]))
    console.print(f"{document['file'] or 'No file'}: every setting is right.")
