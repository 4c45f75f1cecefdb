"""Documents: the JSON shapes of the command line, from frames and records.

They are a contract with the programs that read them. Instants are ISO 8601 with their offset; whole
figures are whole numbers; null means not published or absent.
"""

import json
import sys
from collections.abc import Mapping, Sequence
from dataclasses import asdict, is_dataclass
from datetime import date, datetime, timedelta
from typing import Any

import polars as pl

Document = dict[str, Any]


def plain(value: Any) -> Any:
    """Return a value as JSON values: records as objects, instants and days as ISO 8601 text.

    >>> plain({"as_of": datetime(2022, 2, 10), "rows": (1, None)})
    {'as_of': '2022-02-10T00:00:00', 'rows': [1, None]}
    """
    if is_dataclass(value) and not isinstance(value, type):
        return plain(asdict(value))
    if isinstance(value, Mapping):
        return {str(name): plain(entry) for name, entry in value.items()}  # pyright: ignore[reportUnknownVariableType, reportUnknownArgumentType]
    if isinstance(value, list | tuple):
        return [plain(entry) for entry in value]  # pyright: ignore[reportUnknownVariableType]
    return value.isoformat() if isinstance(value, date | datetime) else value


def json_text(document: Any) -> str:
    r"""Return a document as JSON, indented on a terminal; the values are exact.

    Characters that act on a terminal are escaped, and so are all beyond ASCII where standard output
    has another encoding than UTF-8. Raises ValueError for a number that JSON lacks.

    >>> json_text({"name": "a\x9bb"})
    '{"name": "a\\u009bb"}'
    """
    is_unicode = (sys.stdout.encoding or "").lower().replace("-", "") == "utf8"
    indent = 2 if sys.stdout.isatty() else None
    text = json.dumps(document, ensure_ascii=not is_unicode, allow_nan=False, indent=indent)
    if text.isprintable():
        return text
    return "".join(
        one if one.isprintable() or one == "\n" else json.dumps(one)[1:-1] for one in text
    )


def rows(frame: pl.DataFrame) -> list[Document]:
    """Return a frame's rows as objects.

    >>> rows(pl.DataFrame({"iso3": ["PRK"], "doses_allocated": [None]}))
    [{'iso3': 'PRK', 'doses_allocated': None}]
    """
    return [plain(row) for row in frame.to_dicts()]


def vintage_documents(frame: pl.DataFrame) -> list[Document]:
    """Return the vintages of a dataset, retracted ones too, in the shape of `vintages --json`."""
    names = ["id", "as_of", "rows", "inserted", "updated", "deleted", "columns", "sha256"]
    counts = ["seen", "unchanged", "unseen", "hidden"]
    return rows(frame.select(*names, "is_new", "held", *counts, "retracted"))


def diff_documents(frame: pl.DataFrame) -> list[Document]:
    """Return changed figures (`Lake.diff`) in the shape of `diff --json`."""
    key = frame.columns[: frame.columns.index("column")]
    return [_changed(row, key) for row in frame.to_dicts()]


def _changed(row: Document, key: Sequence[str]) -> Document:
    before = figure(row["before"], row["before_text"])
    after = figure(row["after"], row["after_text"])
    return {
        "key": plain({name: row[name] for name in key}),
        "column": row["column"],
        "before": before,
        "after": after,
        "change": after - before
        if isinstance(before, int) and isinstance(after, int)
        else row["change"],
        **{name: row[name] for name in ("rel_change", "kind", "gone")},
    }


def figure(number: float | None, exact: str | None) -> float | int | str | None:
    """Return a changed figure: an exact integer where it is whole, else the number, else the text.

    >>> figure(8115600.0, "8115600"), figure(0.5, "0.5"), figure(None, "2021-03-01")
    (8115600, 0.5, '2021-03-01')
    """
    if number is None or exact is None:
        return exact
    return int(exact) if exact.lstrip("-").isdecimal() else number


def history_documents(frame: pl.DataFrame, key: Sequence[str]) -> list[Document]:
    """Return the changes of one row (`Lake.history`) in the shape of `history --json`.

    After the figures come status, gone, last_seen, seen and unseen.
    """
    return [
        {"as_of": row["as_of"], "id": row["id"], "key": {name: row[name] for name in key}}
        | {name: value for name, value in row.items() if name not in {"as_of", "id", *key}}
        for row in rows(frame)
    ]


def quarantine_documents(frame: pl.DataFrame) -> list[Document]:
    """Return quarantined rows (`Lake.quarantined`) in the shape of `quarantine list --json`."""
    named = frame.rename({"snapshot_id": "id", "column_name": "column", "snapshot_as_of": "as_of"})
    contract = ["source", "id", "row", "rule", "column", "value", "reason"]
    return rows(named.select(*contract, pl.exclude(contract)))


def iso_duration(span: timedelta) -> str:
    """Return a duration as ISO 8601 writes it.

    >>> iso_duration(timedelta(days=7)), iso_duration(timedelta(days=1, hours=12))
    ('P7D', 'P1DT12H')
    """
    minutes, seconds = divmod(span.seconds, 60)
    clock = {"H": minutes // 60, "M": minutes % 60, "S": seconds}
    days = f"{span.days}D" if span.days else ""
    time = "".join(f"{count}{unit}" for unit, count in clock.items() if count)
    return f"P{days}T{time}" if time else f"P{days or 'T0S'}"
