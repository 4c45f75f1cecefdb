"""
Waivers: what is known and is left as it is, with a reason, an owner and an end.

One mechanism for validation and alerts: a waiver names a rule, a dataset and a key.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from fnmatch import fnmatchcase
from typing import Final

BUDGET: Final = "budget"
"""The rule name of a source's budget of bad rows; it is about a whole table, whatever the key."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Waiver:
    """
    What a person has decided to leave as it is.

    `rule`: the rule's name, or a pattern of names (`*`, `?`, `[…]` as in a shell). `dataset`: the
    same of `<source>.<table>`. `key`: patterns by key column; a column that is not named may have
    any value. `reason`: a sentence. `owner`: whom to ask. `expires`: the last day on which it
    holds, in UTC.
    """

    rule: str
    dataset: str
    reason: str
    owner: str
    expires: date
    key: Mapping[str, str] = field(default_factory=dict[str, str])

    def matches(self, *, rule: str, dataset: str, key: Mapping[str, object]) -> bool:
        """Return whether this is about a rule's finding, at whatever time."""
        return (
            fnmatchcase(rule, self.rule)
            and fnmatchcase(dataset, self.dataset)
            and all(
                name in key and fnmatchcase(str(key[name]), pattern)
                for name, pattern in self.key.items()
            )
        )

    def holds(self, on: date) -> bool:
        """Return whether it has not expired on a day."""
        return on <= self.expires

    def __str__(self) -> str:
        """Return what it is about, and whom to ask."""
        named = ", ".join(f"{name} {pattern}" for name, pattern in self.key.items())
        where = f"{self.dataset} ({named})" if named else self.dataset
        return f"Waiver of {self.rule} on {where}, owner {self.owner},"


def in_force(waivers: Iterable[Waiver], on: date) -> tuple[Waiver, ...]:
    """Return the waivers that have not expired on a day."""
    return tuple(waiver for waiver in waivers if waiver.holds(on))


def waiver_for(
    waivers: Iterable[Waiver], *, rule: str, dataset: str, key: Mapping[str, object], on: date
) -> Waiver | None:
    """
    Return the first waiver in force on a day that is about a rule's finding, None without one.

    >>> known = Waiver(
    ...     rule="R11",
    ...     dataset="find_tests.*",
    ...     key={"iso3": "RWA"},
    ...     reason="Told to FIND.",
    ...     owner="a@example.org",
    ...     expires=date(2021, 12, 31),
    ... )
    >>> about = {"rule": "R11", "dataset": "find_tests.tests", "key": {"iso3": "RWA"}}
    >>> waiver_for([known], **about, on=date(2021, 12, 31)) is known
    True
    >>> waiver_for([known], **about, on=date(2022, 1, 1)) is None
    True
    """
    return next(
        (
            waiver
            for waiver in in_force(waivers, on)
            if waiver.matches(rule=rule, dataset=dataset, key=key)
        ),
        None,
    )
