"""The command `config check`: which settings hold, what sets each, and whether all are right."""

import os
import re
from datetime import UTC, datetime
from typing import Final

from rich.console import Console

from schemas.errors import WrongUse
from schemas.plain_text import listed
from tasks.alerts.waiver_config import config_file
from vaxwatch.commands.command_runner import DONE, Run, command
from vaxwatch.display import draw_table
from vaxwatch.documents import Document, plain
from vaxwatch.query_arguments import near_values
from vaxwatch.settings import READ, Settings

PREFIX: Final = "VAXWATCH_"
VARIABLES: Final = [f"{PREFIX}{name.upper()}" for name in (*READ, "config")]
"""The variables that set something."""
FOR_DEVELOPERS: Final = ("CHROMIUM", "CORPUS", "FUZZ", "TEST_SERVERS")
"""Variables of the tests, which no command reads."""
PASSWORD: Final = re.compile(r"(?<=://)[^/@\s]+@")


@command
def config_check(run: Run) -> int:
    """Show every setting and what sets it; a mistake, also in a waiver, is exit code 2."""
    settings = run.settings
    _refuse_unknown_variables()
    document = _settings_document(settings)
    run.answer(document, lambda console: _draw_settings(console, document))
    return DONE


def _refuse_unknown_variables() -> None:
    """Raise WrongUse for a variable VAXWATCH_… that sets nothing, with those that are similar."""
    known = {*VARIABLES, *(f"{PREFIX}{name}" for name in FOR_DEVELOPERS)}
    for name in sorted(os.environ):
        if name.startswith(PREFIX) and name not in known:
            near = listed(near_values(name, VARIABLES) or VARIABLES)
            raise WrongUse(f"{name} is set, but sets nothing. Did you mean: {near}? Unset it.")


def _settings_document(settings: Settings) -> Document:
    """Return file [null without one], settings [name, value, set_by] and waivers, as JSON values.

    A password in an address is left out. `is_in_force`: whether a waiver has not expired today.
    """
    today, file = datetime.now(UTC).date(), config_file()
    values = {name: getattr(settings, name) for name in READ if name != "sources"}
    values |= {f"sources.{name}.url": own.url for name, own in settings.sources.items()}
    return {
        "file": str(file) if file else None,
        "settings": [
            {
                "name": name,
                "value": PASSWORD.sub("…@", value) if isinstance(value, str) else value,
                "set_by": settings.origins.get(name.partition(".")[0], "default"),
            }
            for name, value in values.items()
        ],
        "waivers": [
            plain(waiver) | {"is_in_force": waiver.holds(today)} for waiver in settings.waivers
        ],
    }


def _draw_settings(console: Console, document: Document) -> None:
    lines = [tuple(one.values()) for one in document["settings"]]
    draw_table(console, None, headings=("setting", "value", "set by"), lines=lines)
    if document["waivers"]:
        waivers = [
            (one["rule"], one["dataset"], one["expires"], one["owner"], one["reason"])
            for one in document["waivers"]
        ]
        headings = ("rule", "dataset", "until", "owner", "reason")
        draw_table(console, "Waivers", headings=headings, lines=waivers)
    console.print(f"{document['file'] or 'No file'}: every setting is right.")
