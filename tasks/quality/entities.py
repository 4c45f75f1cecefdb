"""Members: whom the last vintages had rows about, and who of them is gone."""

from collections import Counter
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from datetime import datetime


@dataclass(kw_only=True, slots=True)
class Members:
    """
    Whom some vintages had rows about.

    `last`: when the last vintage that had them was taken. `times`: how many had them, of `count`.
    """

    last: dict[str, datetime] = field(default_factory=dict[str, datetime])
    times: Counter[str] = field(default_factory=Counter[str])
    count: int = 0

    def add(self, members: AbstractSet[str], *, at: datetime) -> None:
        """Take in whom one more vintage had."""
        self.last |= dict.fromkeys(members, at)
        self.times.update(members)
        self.count += 1

    def gone(self, there: AbstractSet[str], *, is_part: bool) -> dict[str, datetime]:
        """
        Return who is missing, sorted, and when the last vintage that had them was taken.

        `is_part`: the vintage speaks for some days only, for which not everybody reports; then
        only those are missed whom all of the vintages had.
        """
        missed = sorted(self.last.keys() - there)
        return {
            name: self.last[name]
            for name in missed
            if not is_part or self.times[name] == self.count
        }
