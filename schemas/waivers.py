"""Waivers: known findings to leave as they are, by rule, dataset and key, with an expiry."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from fnmatch import fnmatchcase
from typing import Final

BUDGET: Final = "budget"
"""The rule name of a source's limit of bad rows, which concerns a whole table."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Waiver:
    """A decision to leave findings as they are.

    `rule`: a rule's name or pattern (`*`, `?`, `[…]`). `dataset`: the same of `<source>.<table>`.
    `key`: patterns by key column; other columns may have any value. `reason`: a sentence. `owner`:
    whom to ask. `expires`: the last day on which it holds, in UTC.
    """

    rule: str
    dataset: str
    reason: str
    owner: str
    expires: date
    key: Mapping[str, str] = field(default_factory=dict[str, str])

    def matches(self, *, rule: str, dataset: str, key: Mapping[str, object]) -> bool:
        """Return whether it covers a finding of a rule, at any time."""
        return (
            fnmatchcase(rule, self.rule)
            and fnmatchcase(dataset, self.dataset)
            and all(
                name in key and _fits(name, str(key[name]), pattern)
                for name, pattern in self.key.items()
            )
        )

    def holds(self, on: date) -> bool:
        """Return whether it is in force on a day."""
        return on <= self.expires

    def __str__(self) -> str:
        named = ", ".join(f"{name} {pattern}" for name, pattern in self.key.items())
        where = f"{self.dataset} ({named})" if named else self.dataset
        return f"Waiver of {self.rule} on {where}, owner {self.owner},"


def _fits(name: str, value: str, pattern: str) -> bool:
    """Return whether a value of a key matches; a product also by another name than its own."""
    if fnmatchcase(value, pattern):
        return True
    if name != "product" or {*pattern} & {*"*?["}:
        return False
    from schemas.products import product_of  # noqa: PLC0415 (it imports polars)

    return value == product_of(pattern)


def in_force(waivers: Iterable[Waiver], on: date) -> tuple[Waiver, ...]:
    """Return the waivers that have not expired on a day."""
    return tuple(waiver for waiver in waivers if waiver.holds(on))


def waiver_for(
    in_force: Iterable[Waiver], *, rule: str, dataset: str, key: Mapping[str, object]
) -> Waiver | None:
    """Return the first of the waivers in force that covers a finding of a rule, else None."""
    return next((it for it in in_force if it.matches(rule=rule, dataset=dataset, key=key)), None)
