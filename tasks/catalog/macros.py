"""The SQL of one dataset: a view of the newest vintage, its history, and macros as-of and diff.

Promises: the macros compute from history.parquet and vintages.parquet what the vault computes from
its segments: the same rows and the same changes.
"""

from tasks.catalog.datasets import ALWAYS, Dataset, Figure, instant
from tasks.catalog.templates import (
    ASOF,
    BOTH_HAVE,
    CELL,
    DIFF,
    DURING,
    IN_SCOPE,
    KNOWN_AT_BOTH,
    READ,
    VIEW,
    VINTAGE,
)


def dataset_sql(dataset: Dataset) -> str:
    """Return the statements for one dataset.

    >>> print(dataset_sql(Dataset(source="a", table="t", key=("iso3",), figures=())))
    CREATE OR REPLACE VIEW "a_t" AS
    FROM read_parquet(getvariable('lake') || '/a/t/latest.parquet');
    ...
    """
    views = [_view(dataset, "", "latest"), _view(dataset, "_vintages", "vintages")]
    if dataset.is_empty or not dataset.figures:
        return "\n".join(views)
    return "\n".join(
        [*views, _view(dataset, "_history", "history"), _asof(dataset), _diff(dataset)]
    )


def _view(dataset: Dataset, suffix: str, file: str) -> str:
    return VIEW.substitute(name=dataset.name + suffix, path=f"{_path(dataset)}/{file}")


def _asof(dataset: Dataset) -> str:
    """Return the macro of a table as it was known at a time."""
    shown = [f"known.{_quoted(name)}" for name in dataset.key] + [
        _shown(figure) for figure in dataset.figures
    ]
    return ASOF.substitute(
        name=dataset.name,
        path=_path(dataset),
        vintage=_vintage(dataset, "vintage", "d"),
        columns=_list(shown),
        key=_key(dataset),
    )


def _diff(dataset: Dataset) -> str:
    """Return the macro of the changes between two times."""
    pairs = [
        f"{side}_.{_quoted(figure.name)} AS {_quoted(f'{side} {figure.name}')}"
        for figure in dataset.figures
        for side in "ab"
    ]
    conditions = [KNOWN_AT_BOTH, *_in_scope(dataset), *_not_in_quarantine(dataset)]
    return DIFF.substitute(
        name=dataset.name,
        path=_path(dataset),
        key=_key(dataset),
        is_gone=f"b_.{_quoted(dataset.key[0])} IS NULL",
        vintages=",\n".join(_vintage(dataset, f"vintage_{side}", side) for side in "ab"),
        pairs=_list(pairs),
        conditions="\n    AND ".join(conditions),
        cells="\n    UNION ALL\n".join(_cell(dataset, figure) for figure in dataset.figures),
    )


def _vintage(dataset: Dataset, name: str, time: str) -> str:
    """Return the vintage of a time: id, as_of, and whether it has each column that some lack."""
    has = [
        f"({figure.shown}) AS {_quoted(f'has {figure.name}')}"
        for figure in dataset.figures
        if _flips(figure)
    ]
    return VINTAGE.substitute(
        name=name, path=_path(dataset), columns=_list(["id", "as_of", *has]), time=time
    )


def _flips(figure: Figure) -> bool:
    """Return whether some vintage lacks a figure."""
    return figure.shown != ALWAYS


def _shown(figure: Figure) -> str:
    column = _quoted(figure.name)
    if not _flips(figure):
        return f"known.{column}"
    return f"CASE WHEN vintage.{_quoted(f'has {figure.name}')} THEN known.{column} END AS {column}"


def _cell(dataset: Dataset, figure: Figure) -> str:
    """Return the changed cells of one figure; only what both vintages have is compared."""
    before, after = (_quoted(f"{side} {figure.name}") for side in "ab")
    return CELL.substitute(
        key=_key(dataset),
        name=figure.name,
        before_number=before if figure.is_number else "NULL",
        after_number=after if figure.is_number else "NULL",
        present=BOTH_HAVE.substitute(name=figure.name) if _flips(figure) else "",
    )


def _in_scope(dataset: Dataset) -> list[str]:
    """Return the condition that a country is covered at both times; empty when all always are."""
    if dataset.since is None:
        return []
    known = ", ".join(f"('{iso3}', {instant(at)})" for iso3, at in dataset.since.items())
    everywhere = "NULL" if dataset.everywhere is None else instant(dataset.everywhere)
    return [IN_SCOPE.substitute(known=known, everywhere=everywhere)]


def _not_in_quarantine(dataset: Dataset) -> list[str]:
    """Return the condition that a key is in quarantine at neither time; empty if none ever was."""
    if not dataset.has_unparsable:
        return []
    names = [_quoted(name) for name in dataset.key]
    same = [f"unread.{name} = coalesce(a_.{name}, b_.{name})" for name in names]
    during = " OR ".join(DURING.substitute(side=side) for side in "ab")
    return [READ.substitute(unread=dataset.unparsable_file, same=" AND ".join(same), during=during)]


def _path(dataset: Dataset) -> str:
    return f"{dataset.source}/{dataset.table}"


def _key(dataset: Dataset) -> str:
    return ", ".join(map(_quoted, dataset.key))


def _quoted(name: str) -> str:
    return f'"{name}"'


def _list(lines: list[str]) -> str:
    return ",\n        ".join(lines)
