"""Column names: the spelling of a declaration for headers that differ in blanks or case alone."""

from collections.abc import Iterable, Sequence

import polars as pl


def with_declared_names(frame: pl.DataFrame, declared: Iterable[str]) -> pl.DataFrame:
    """Return a frame whose columns have the declared names that they only spell differently.

    Names are compared without blanks at their ends, runs of blanks as one, in any case. A column
    under exactly a declared name keeps it; where two others come into question, neither is renamed.

    >>> frame = pl.DataFrame({"Day": ["1"], " ISO_code": ["PRK"]})
    >>> with_declared_names(frame, ["iso_code", "Day"]).columns
    ['Day', 'iso_code']
    """
    names = with_declared_spelling(frame.columns, declared)
    return (
        frame
        if names == frame.columns
        else frame.rename(dict(zip(frame.columns, names, strict=True)))
    )


def with_declared_spelling(names: Sequence[str], declared: Iterable[str]) -> list[str]:
    """Return names of columns in their order, as `with_declared_names` has them."""
    wanted = [*dict.fromkeys(declared)]
    others = [name for name in names if name not in wanted]
    found: dict[str, str] = {}
    for name in wanted:
        alike = [other for other in others if _comparable(other) == _comparable(name)]
        if name not in names and len(alike) == 1:
            found.setdefault(alike[0], name)
    return [found.get(name, name) for name in names]


def _comparable(name: str) -> str:
    return " ".join(name.replace("\N{ZERO WIDTH NO-BREAK SPACE}", " ").split()).casefold()
