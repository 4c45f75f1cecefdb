"""Choosing: which sources are meant, and whether they are fetched or taken from a file."""

from collections.abc import Collection, Sequence
from pathlib import Path
from typing import Any

from schemas.errors import ByHand, WrongUse
from tasks.origins import dated
from tasks.sources import SOURCES, source_named
from tasks.vault.times import instant
from vaxwatch.commands.command_runner import report


def asked_sources(names: Sequence[str], *, every: bool) -> list[str]:
    """Return the names of the sources asked for, each once.

    Raises WrongUse for none, or for names beside --all; UnknownName.

    >>> asked_sources(["unicef_market", "unicef_market"], every=False)
    ['unicef_market']
    """
    if bool(names) == every:
        known = ", ".join(source.name for source in SOURCES)
        raise WrongUse(f"Say which sources, or --all; there are: {known}.")
    return list(dict.fromkeys(source_named(name).name for name in names)) or [
        source.name for source in SOURCES
    ]


def file_options(
    wanted: Sequence[str], file: Path | None, retrieved_at: str | None
) -> dict[str, Any]:
    """Return how to take a file at hand; nothing when none is given. Raises WrongUse."""
    if file is None:
        if retrieved_at is not None:
            raise WrongUse("--retrieved-at says when a file was had; give --file PATH as well.")
        return {}
    if len(wanted) != 1:
        raise WrongUse(f"--file is of one source; {len(wanted)} are named: {', '.join(wanted)}.")
    if not file.is_file():
        raise WrongUse(f"--file {file}: there is no such file. Give the path of one.")
    if retrieved_at is None:
        dated(wanted[0], file)  # a file without a time is refused before Prefect starts
    return {"file": str(file), "retrieved_at": instant(retrieved_at) if retrieved_at else None}


def fetchable(wanted: Sequence[str], addresses: Collection[str], *, every: bool) -> list[str]:
    """Return the sources that can be fetched; of all, the others are left out with a line.

    A source whose declared address is a page for people can, where `addresses` has its name: it was
    given another one. Raises ByHand for a source that was named.
    """
    found: list[str] = []
    for source in map(source_named, wanted):
        if not source.by_hand or source.name in addresses:
            found.append(source.name)
        elif every:
            report(f"vaxwatch: {source.name} is left out. {source.by_hand}")
        else:
            raise ByHand(source.name, source.url, source.by_hand)
    return found
