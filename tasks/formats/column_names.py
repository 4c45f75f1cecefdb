"""Column names: the spelling of a declaration for headers that differ in blanks or case alone."""

from collections.abc import Iterable

import polars as pl


def with_declared_names(frame: pl.DataFrame, declared: Iterable[str]) -> pl.DataFrame:
    """Return a frame whose columns have the declared names that they only spell differently.

    Names are compared without blanks at their ends, runs of blanks as one, in any case. A column
    under exactly a declared name keeps it; where two others come into question, neither is renamed.

    >>> frame = pl.DataFrame({"Day": ["1"], " ISO_code": ["PRK"]})
    >>> with_declared_names(frame, ["iso_code", "Day"]).columns
    ['Day', 'iso_code']
    """
    names = [*dict.fromkeys(declared)]
    others = [name for name in frame.columns if name not in names]
    found: dict[str, str] = {}
    for name in names:
        alike = [other for other in others if _comparable(other) == _comparable(name)]
        if name not in frame.columns and len(alike) == 1:
            found.setdefault(alike[0], name)
    return frame.rename(found) if found else frame


def _comparable(name: str) -> str:
    return " ".join(name.replace("\N{ZERO WIDTH NO-BREAK SPACE}", " ").split()).casefold()
