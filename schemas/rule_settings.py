"""What a lake's owner sets for the alert rules; without it every rule has its own defaults."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

Thresholds = Mapping[str, float]
"""The thresholds of one rule, by the names of its parameters."""


@dataclass(frozen=True, kw_only=True, slots=True)
class RuleSettings:
    """Settings of the alert rules.

    `thresholds`: by id of the rule, those that differ from its defaults. `disabled`: ids of rules
    that are not evaluated. `watch_list`: countries whose alerts are one level more severe.
    """

    thresholds: Mapping[str, Thresholds] = field(default_factory=dict[str, Thresholds])
    disabled: frozenset[str] = frozenset()
    watch_list: frozenset[str] = frozenset()


DEFAULTS: Final = RuleSettings()
"""Every rule as it is declared."""
