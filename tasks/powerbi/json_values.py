"""Shapes: what a piece of parsed JSON is, for readers that believe nothing."""

from collections.abc import Mapping
from typing import Any


def object_in(value: Any) -> Mapping[str, Any] | None:
    """Return the value if it is a JSON object, else None.

    >>> object_in({"a": 1}), object_in([1])
    ({'a': 1}, None)
    """
    found: Mapping[str, Any] = value
    return found if isinstance(value, dict) else None


def list_in(value: Any) -> list[Any] | None:
    """Return the value if it is a JSON list, else None.

    >>> list_in([1]), list_in("1")
    ([1], None)
    """
    found: list[Any] = value
    return found if isinstance(value, list) else None
