"""The parameters that flows share: names that a form offers, and the lake's default."""

import os
from typing import Annotated, Final

from pydantic import Field

from tasks.runs.run_context import address_of
from tasks.sources import SOURCES, source_named

VARIABLE: Final = "VAXWATCH_LAKE"

SourceName = Annotated[str, Field(json_schema_extra={"enum": [source.name for source in SOURCES]})]
"""The name of a source; a form lists them, and another name is refused with a sentence."""


def lake_of(lake: str | None) -> str:
    """Return the address of a lake: the parameter of a flow, else VAXWATCH_LAKE, else empty."""
    return lake or os.environ.get(VARIABLE, "")


def fetched_sources(names: list[str] | None = None) -> list[str]:
    """Return the sources of these names, each once; without a name all that can be fetched.

    A source that comes by hand or has ended can be fetched only where VAXWATCH_SOURCES gives it
    another address. Raises UnknownName.
    """
    if names:
        return list(dict.fromkeys(source_named(name).name for name in names))
    return [
        source.name
        for source in SOURCES
        if address_of(source.name) or not (source.by_hand or source.ended)
    ]
