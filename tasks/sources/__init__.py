"""One module a source: its declaration and its parser, both pure (bytes in, frames out).

Belongs here: names, addresses, licences, column maps, parsers. Does not: HTTP, storage, repairs of
figures, and one source's knowledge of another. `SOURCES` is the registry: an explicit tuple.
"""

from schemas.errors import UnknownName
from schemas.source import Source
from tasks.sources import (
    covax_allocations,
    covax_offers,
    find_tests,
    hdx_humanitarian,
    owid_testing,
    owid_vaccinations,
    un_population,
    undp_vaccine_equity,
    unicef_market,
    unicef_wuenic,
    who_cases,
    who_flunet,
    who_mpox,
    who_searo_testing,
    who_vaccination,
)

SOURCES: tuple[Source, ...] = (
    unicef_market.SOURCE,
    covax_allocations.SOURCE,
    covax_offers.SOURCE,
    who_searo_testing.SOURCE,
    undp_vaccine_equity.SOURCE,
    hdx_humanitarian.SOURCE,
    who_vaccination.SOURCE,
    who_cases.SOURCE,
    who_flunet.SOURCE,
    who_mpox.SOURCE,
    unicef_wuenic.SOURCE,
    find_tests.SOURCE,
    owid_vaccinations.SOURCE,
    owid_testing.SOURCE,
    un_population.SOURCE,
)
"""Every source that is watched. A new one is added here and nowhere else."""


def source_named(name: str) -> Source:
    """Return the declaration of a source. Raises UnknownName, with the names there are."""
    for source in SOURCES:
        if source.name == name:
            return source
    raise UnknownName("source", name, [source.name for source in SOURCES])
