"""What each rule means, how to check it, and its known causes: the texts of docs/rules.md."""

from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Final

import orjson

FILE: Final = "rule_texts.json"
"""Written by `make docs`."""
FIELDS: Final = ("title", "means", "check", "causes")
"""The texts of a rule; one that the page does not have is ''."""


def rule_text(rule: str) -> Mapping[str, str]:
    """Return the texts of a rule, by FIELDS; of one that is retired all are ''.

    >>> rule_text("R1")["title"], rule_text("R99")["title"]
    ('cut', '')
    """
    return _texts().get(rule) or dict.fromkeys(FIELDS, "")


@cache
def _texts() -> Mapping[str, Mapping[str, str]]:
    found: Mapping[str, Mapping[str, str]] = orjson.loads(
        files("tasks.site.alerts").joinpath(FILE).read_bytes()
    )
    return found
