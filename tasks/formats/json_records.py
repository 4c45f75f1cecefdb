"""JSON records: parse bytes into a frame of strings, unchanged from the publisher's texts."""

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from itertools import accumulate
from typing import Any, cast

import orjson
import polars as pl

from schemas.errors import BadBody
from schemas.limits import LIMITS, Limits
from tasks.formats.delimited import require_short_cells
from tasks.formats.sniffing import (
    CHECK_SOURCE,
    FETCH_AGAIN,
    JSON,
    UTF8_MARK,
    no_json,
    refuse_documents,
    unpacked,
)

STEP = {ord("["): 1, ord("{"): 1, ord("]"): -1, ord("}"): -1, ord(":"): 0}
LEFT_OUT = bytes(byte for byte in range(256) if byte not in b'"' and byte not in STEP)
PIECE = 2**20
NESTED = (dict, list)
WIDE, WIDEST = re.compile(rb"[\xc4-\xef]"), re.compile(rb"[\xf0-\xff]")
"""What makes Python keep each character of a text in two bytes, and in four."""


def read_json_records(
    body: bytes, *, where: str, path: Sequence[str] = (), limits: Limits = LIMITS
) -> pl.DataFrame:
    """Return a list of JSON objects as a frame of strings, one column for each name in any of them.

    `path`: the names that lead from the top to the list, `("value",)` for OData. Columns come in
    the order in which their names first occur. Texts as they are, numbers as they were written,
    true and false as these words, a list or object as JSON text. Null: the object lacks that name,
    or says null.

    Raises BadBody: not JSON (cut off, a web page), too deep or too long, no such path, no list of
    objects there, or an empty list.

    >>> body = b'{"value": [{"iso3": "PRK", "n": 1.50}]}'
    >>> read_json_records(body, where="a", path=["value"]).rows()
    [('PRK', '1.50')]
    """
    content = unpacked(body, where, JSON, limits=limits)
    records = _records(_parsed(content, where, limits), where, path)
    names = list(dict.fromkeys(name for record in records for name in record))
    _require_room(len(records), len(names), where, limits)
    if any(isinstance(cell, float) for record in records for cell in record.values()):
        del records
        records = _records(with_digits(content), where, path)
    columns: dict[str, pl.Series] = {}
    for name in names:
        cells = [_text(record.get(name)) for record in records]
        require_short_cells((cell for cell in cells if cell), where, limits)
        columns[name] = pl.Series(cells, dtype=pl.String())
    return pl.DataFrame(columns)


class Digits(str):
    """A decimal number of a JSON text, with its digits as written."""

    __slots__ = ()


def with_digits(content: bytes) -> Any:
    """Return the value of a JSON text that `parse_json` has judged; decimal numbers as Digits."""
    return json.loads(content.decode("utf-8-sig"), parse_float=Digits)


def parse_json(body: bytes, *, where: str, limits: Limits = LIMITS) -> Any:
    """Return the parsed value of a JSON text (gzip or not).

    Raises BadBody when it is no JSON (cut off, a web page, empty), nested deeper than the limit, of
    more values or characters, or has a name twice in one object.
    """
    return _parsed(unpacked(body, where, JSON, limits=limits), where, limits)


def object_in(value: Any) -> Mapping[str, Any] | None:
    """Return the value if it is a JSON object, else None."""
    found: Mapping[str, Any] = value
    return found if isinstance(value, dict) else None


def list_in(value: Any) -> list[Any] | None:
    """Return the value if it is a JSON list, else None."""
    found: list[Any] = value
    return found if isinstance(value, list) else None


def _parsed(body: bytes, where: str, limits: Limits) -> Any:
    refuse_documents(body, where, JSON)
    content = body.removeprefix(UTF8_MARK)
    values = sum(map(content.count, (b",", b"[", b"{")))
    if values > limits.values:
        seen = f"JSON of {values:,} values"
        raise BadBody(where, seen, f"at most {limits.values:,}", CHECK_SOURCE)
    width = 4 if WIDEST.search(content) else 2 if WIDE.search(content) else 1
    if len(content) > limits.unpacked // width:
        seen = f"JSON of {len(content):,} bytes whose characters take up to {width} bytes each"
        raise BadBody(where, seen, f"at most {limits.unpacked // width:,}", CHECK_SOURCE)
    depth, names = shape_of(content)
    if depth > limits.depth:
        raise BadBody(where, f"JSON nested {depth:,} deep", f"at most {limits.depth}", CHECK_SOURCE)
    try:
        value = orjson.loads(content)
    except orjson.JSONDecodeError as error:
        raise no_json(content, where, f"{error.msg} at character {error.pos:,}") from error
    if _names_in(value) < names:
        seen = "JSON in which a name stands twice in one object"
        raise BadBody(where, seen, "each name once", CHECK_SOURCE)
    return value


def _names_in(value: Any) -> int:
    """Return how many names all objects in a value have together."""
    count, left = 0, [value]
    while left:
        one = left.pop()
        objects, values = object_in(one), list_in(one)
        count += len(objects or ())
        inner: Iterable[Any] = values or (objects or {}).values()
        left += [each for each in inner if isinstance(each, NESTED)]
    return count


def _require_room(records: int, names: int, where: str, limits: Limits) -> None:
    if records > limits.rows:
        raise BadBody(where, f"{records:,} records", f"at most {limits.rows:,}", CHECK_SOURCE)
    if names > limits.columns:
        seen = f"{names:,} names in the records"
        raise BadBody(where, seen, f"at most {limits.columns:,}", CHECK_SOURCE)
    if records * names > limits.cells:
        seen = f"{records:,} records with {names:,} names, {records * names:,} cells"
        raise BadBody(where, seen, f"at most {limits.cells:,} cells", CHECK_SOURCE)


def shape_of(body: bytes) -> tuple[int, int]:
    r"""Return how deep lists and objects stand in each other, and how many names objects have.

    Brackets and colons in texts do not count.

    >>> shape_of(b'{"a": [[1], "]]\\"[[[:"]}')
    (3, 1)
    """
    bare = body.replace(b"\\\\", b"").replace(b'\\"', b"") if b"\\" in body else body
    marks = bare.translate(None, LEFT_OUT)
    deepest = depth = names = is_text = 0
    for start in range(0, len(marks), PIECE):
        parts = marks[start : start + PIECE].split(b'"')
        outside = b"".join(parts[is_text::2])
        is_text ^= (len(parts) - 1) & 1
        names += outside.count(b":")
        levels = [deepest, *accumulate(map(STEP.__getitem__, outside), initial=depth)]
        deepest, depth = max(levels), levels[-1]
    return deepest, names


def _records(document: Any, where: str, path: Iterable[str]) -> list[Mapping[str, Any]]:
    found, trail = document, "the top"
    for name in path:
        if not isinstance(found, dict) or name not in found:
            raise BadBody(where, f"no '{name}' in {trail}", "the path to the records", CHECK_SOURCE)
        found, trail = cast("dict[str, Any]", found)[name], f"'{name}'"
    if not isinstance(found, list):
        raise BadBody(where, f"{_kind(found)} in {trail}", "a list of objects", CHECK_SOURCE)
    records = cast("list[Any]", found)
    odd = [_kind(one) for one in records if not isinstance(one, dict)]
    if odd:
        raise BadBody(where, f"{odd[0]} among the records", "a list of objects", CHECK_SOURCE)
    if not any(records):
        raise BadBody(where, "no record", "at least one", FETCH_AGAIN)
    return records


def _kind(value: Any) -> str:
    if value is None:
        return "nothing"
    names = {"dict": "an object", "list": "a list", "str": "a text", "bool": "true or false"}
    return names.get(type(value).__name__, "a number")


def _text(value: Any) -> str | None:
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, bool | dict | list):
        passed = orjson.OPT_PASSTHROUGH_SUBCLASS  # Digits, to float
        return orjson.dumps(value, default=float, option=passed).decode()
    return str(value)
