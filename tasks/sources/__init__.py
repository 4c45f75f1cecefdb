"""
One module a source: its declaration and its parser, both pure (bytes in, frames out).

Belongs here: names, addresses, licences, column maps, parsers. Does not: HTTP, storage, repairs of
figures, and one source's knowledge of another. `SOURCES` is the registry: an explicit tuple.
"""

from schemas.errors import UnknownName
from schemas.source import Source
from tasks.sources import (
    covax_allocations,
    undp_vaccine_equity,
    unicef_market,
    who_searo_testing,
)

SOURCES: tuple[Source, ...] = (
    unicef_market.SOURCE,
    covax_allocations.SOURCE,
    who_searo_testing.SOURCE,
    undp_vaccine_equity.SOURCE,
)
"""Every source that is watched. A new one is added here and nowhere else."""


def source_named(name: str) -> Source:
    """
    Return the declaration of a source.

    Raises UnknownName, with the names there are.

    >>> source_named("unicef_market").publisher
    'UNICEF Supply Division'
    """
    for source in SOURCES:
        if source.name == name:
            return source
    raise UnknownName("source", name, [source.name for source in SOURCES])
