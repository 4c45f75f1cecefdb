"""
The SQL of one dataset: a view of the newest vintage, its history, and macros as-of and diff.

Promises: the macros compute from history.parquet and vintages.parquet what the vault computes from
its segments: the same rows, the same changed figures, the same words for them.
"""

from tasks.catalog.datasets import ALWAYS, Dataset, Figure, instant
from tasks.catalog.templates import (
    ASOF,
    BOTH_HAVE,
    CELL,
    DIFF,
    DURING,
    KNOWN_AT_BOTH,
    READ,
    SPOKEN_OF,
    VIEW,
    VINTAGE,
)


def dataset_sql(one: Dataset) -> str:
    """
    Return the statements for one dataset.

    >>> print(dataset_sql(Dataset(source="a", table="t", key=("iso3",), figures=())))
    CREATE OR REPLACE VIEW "a_t" AS
    FROM read_parquet(getvariable('lake') || '/a/t/latest.parquet');
    ...
    """
    views = [_view(one, "", "latest"), _view(one, "_vintages", "vintages")]
    if one.is_empty or not one.figures:
        return "\n".join(views)
    return "\n".join([*views, _view(one, "_history", "history"), _asof(one), _diff(one)])


def _view(one: Dataset, suffix: str, file: str) -> str:
    return VIEW.substitute(name=one.name + suffix, path=f"{_path(one)}/{file}")


def _asof(one: Dataset) -> str:
    """Return the macro of a table as it was known at a time."""
    shown = [f"known.{_quoted(name)}" for name in one.key] + [_shown(it) for it in one.figures]
    return ASOF.substitute(
        name=one.name,
        path=_path(one),
        vintage=_vintage(one, "vintage", "d"),
        columns=_list(shown),
        key=_key(one),
    )


def _diff(one: Dataset) -> str:
    """Return the macro of what differs between two times."""
    pairs = [
        f"{side}_.{_quoted(it.name)} AS {_quoted(f'{side} {it.name}')}"
        for it in one.figures
        for side in "ab"
    ]
    conditions = [KNOWN_AT_BOTH, *_spoken_of(one), *_read(one)]
    return DIFF.substitute(
        name=one.name,
        path=_path(one),
        key=_key(one),
        is_gone=f"b_.{_quoted(one.key[0])} IS NULL",
        vintages=",\n".join(_vintage(one, f"vintage_{side}", side) for side in "ab"),
        pairs=_list(pairs),
        conditions="\n    AND ".join(conditions),
        cells="\n    UNION ALL\n".join(_cell(one, it) for it in one.figures),
    )


def _vintage(one: Dataset, name: str, time: str) -> str:
    """Return the vintage of a time: its as_of, and which of the columns that flip it has."""
    has = [f"({it.shown}) AS {_quoted(f'has {it.name}')}" for it in one.figures if _flips(it)]
    return VINTAGE.substitute(
        name=name, path=_path(one), columns=_list(["id", "as_of", *has]), time=time
    )


def _flips(figure: Figure) -> bool:
    """Return whether some vintage does not have it."""
    return figure.shown != ALWAYS


def _shown(figure: Figure) -> str:
    column = _quoted(figure.name)
    if not _flips(figure):
        return f"known.{column}"
    return f"CASE WHEN vintage.{_quoted(f'has {figure.name}')} THEN known.{column} END AS {column}"


def _cell(one: Dataset, figure: Figure) -> str:
    """Return the changed cells of one figure; only what both vintages have is compared."""
    before, after = (_quoted(f"{side} {figure.name}") for side in "ab")
    return CELL.substitute(
        key=_key(one),
        name=figure.name,
        before_number=before if figure.is_number else "NULL",
        after_number=after if figure.is_number else "NULL",
        present=BOTH_HAVE.substitute(name=figure.name) if _flips(figure) else "",
    )


def _spoken_of(one: Dataset) -> list[str]:
    """Return the condition that a country was spoken of at both times, if there is one."""
    if one.since is None:
        return []
    known = ", ".join(f"('{iso3}', {instant(at)})" for iso3, at in one.since.items())
    everywhere = "NULL" if one.everywhere is None else instant(one.everywhere)
    return [SPOKEN_OF.substitute(known=known, everywhere=everywhere)]


def _read(one: Dataset) -> list[str]:
    """Return the condition that a key stands in quarantine at neither time, if any ever did."""
    if not one.has_unread:
        return []
    names = [_quoted(name) for name in one.key]
    same = [f"unread.{name} = coalesce(a_.{name}, b_.{name})" for name in names]
    during = " OR ".join(DURING.substitute(side=side) for side in "ab")
    return [READ.substitute(unread=one.unread, same=" AND ".join(same), during=during)]


def _path(one: Dataset) -> str:
    return f"{one.source}/{one.table}"


def _key(one: Dataset) -> str:
    return ", ".join(map(_quoted, one.key))


def _quoted(name: str) -> str:
    return f'"{name}"'


def _list(items: list[str]) -> str:
    return ",\n        ".join(items)
