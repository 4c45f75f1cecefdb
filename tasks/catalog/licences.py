"""Whom to credit for a source, and under which terms: what catalog and exports state of each."""

from dataclasses import dataclass
from typing import Final

CREATIVE_COMMONS: Final = {
    "CC BY 4.0": ("CC-BY-4.0", "https://creativecommons.org/licenses/by/4.0/"),
    "CC BY 3.0 IGO": ("CC-BY-3.0-IGO", "https://creativecommons.org/licenses/by/3.0/igo/"),
    "CC BY-NC-SA 3.0 IGO": (
        "CC-BY-NC-SA-3.0-IGO",
        "https://creativecommons.org/licenses/by-nc-sa/3.0/igo/",
    ),
}
"""Identifier and address of a licence, by how its name begins in a declaration."""
OWN_TERMS: Final = "notspecified"
"""How a data package names terms that are no known licence."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Credit:
    """What must be stated of a source: `licence` in the words of its declaration.

    `licence_id`: an identifier of a known licence, else OWN_TERMS. `licence_url`: '' if unknown.
    """

    source: str
    title: str
    publisher: str
    attribution: str
    url: str
    licence: str

    @property
    def _known(self) -> tuple[str, str]:
        begins = (known for name, known in CREATIVE_COMMONS.items() if _is(self.licence, name))
        return next(begins, (OWN_TERMS, ""))

    @property
    def licence_id(self) -> str:
        """The identifier of the licence."""
        return self._known[0]

    @property
    def licence_url(self) -> str:
        """The address of the licence's text."""
        return self._known[1]


def _is(licence: str, name: str) -> bool:
    return licence == name or licence.startswith(f"{name} (")


def credit_of(source: str) -> Credit | None:
    """Return the credit of a source; None for a name that is none, such as the lake's own tables.

    >>> credit_of("owid_testing").licence_id, credit_of("quality")
    ('CC-BY-4.0', None)
    """
    from tasks.sources import SOURCES  # noqa: PLC0415 (parsers; what reads a lake needs none)

    for one in SOURCES:
        if one.name == source:
            return Credit(
                source=source,
                title=one.title,
                publisher=one.publisher,
                attribution=one.attribution,
                url=one.url,
                licence=one.licence,
            )
    return None
