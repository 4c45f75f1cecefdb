"""Errors of a snapshot that breaks the contract with its source: nothing of it is published."""

from collections.abc import Sequence
from typing import Any

from schemas.errors import Permanent, short


class ContractBroken(Permanent):
    """A snapshot breaks the contract with its source, so that nothing of it is published.

    Its bytes are archived and the last good vintage stays. Exit code 3.
    """


class SourceChanged(ContractBroken):
    """Declared columns are missing from a body.

    `table`: the one that lacks them; of the `tables` that a source may fill, the nearest one.
    """

    def __init__(
        self,
        source: str,
        missing: Sequence[str],
        found: Sequence[str],
        *,
        table: str = "",
        tables: int = 1,
    ) -> None:
        super().__init__(source, missing, found)
        self.source, self.missing, self.found = source, missing, found
        named = ", ".join(missing)
        seen = f"columns {named} are gone" if len(missing) > 1 else f"column {named} is gone"
        nearest = ", the nearest of its tables" if tables > 1 else ""
        self.seen = f"{seen} from {table}{nearest}" if table else seen

    def __str__(self) -> str:
        shown = short(", ".join(self.found[:12])) + (" …" if len(self.found) > 12 else "")  # noqa: PLR2004
        return (
            f"{self.source}: {self.seen}; the body has: {shown}. "
            f"Nothing was published. Compare with the newest file in tests/fixtures/{self.source}/ "
            f"and add the new name to the declaration in tasks/sources/{self.source}.py. "
            f"Then: vaxwatch quarantine replay {self.source}"
        )


class SourceFrozen(ContractBroken):
    """A column that figures are read from is gone or changed its kind, and nothing maps it."""

    def __init__(self, source: str, seen: str, expected: str, guess: str, mend: str) -> None:
        super().__init__(source, seen, expected, guess, mend)
        self.source, self.seen, self.expected = source, seen, expected
        self.guess, self.mend = guess, mend

    def __str__(self) -> str:
        proposed = f"{self.guess} This is a guess, and is not applied. " if self.guess else ""
        return (
            f"{self.source}: {self.seen}; expected {self.expected}. {proposed}"
            f"Nothing was published; a page as before is published again. {self.mend} "
            f"in tasks/sources/{self.source}.py, or optional=True and drift={{'NAME': 'evolve'}} "
            f"where it comes and goes, and raise parser_version. "
            f"Then: vaxwatch quarantine replay {self.source}"
        )


class BudgetExceeded(ContractBroken):
    """A table has more bad rows than its budget, so that nothing of the snapshot is published."""

    def __init__(
        self, dataset: str, bad: int, rows: int, most: int, share: float, example: str
    ) -> None:
        super().__init__(dataset, bad, rows, most, share, example)
        self.dataset, self.bad, self.rows = dataset, bad, rows
        self.most, self.share, self.example = most, share, example

    def __str__(self) -> str:
        source = self.dataset.partition(".")[0]
        return (
            f"{self.dataset}: {self.bad:,} of {self.rows:,} rows cannot be published "
            f"({100 * self.bad / self.rows:.1f} %); expected at most {self.most:,} or "
            f"{100 * self.share:g} %. The first: {self.example} Nothing of this snapshot was "
            f"published, and the last good version stands. Look at the others with "
            f"`vaxwatch quarantine list --source {source} --state blocked`; mend the parser, "
            f"or raise `budget` in tasks/sources/{source}.py; "
            f"then: vaxwatch quarantine replay {source}"
        )


class KnownErrorOver(Permanent):
    """A declared known error no longer holds: the publisher fixed it, or the record expired."""

    def __init__(self, where: str, seen: str, expected: str, next_step: str) -> None:
        super().__init__(where, seen, expected, next_step)
        self.where, self.seen, self.expected, self.next_step = where, seen, expected, next_step

    def __str__(self) -> str:
        return (
            f"{self.where}: seen {self.seen}; expected {self.expected}, by the record of a known "
            f"error. Nothing was published. {self.next_step}"
        )


class RunBlocked(ContractBroken):
    """A run blocked a snapshot; `summary` (a `RunSummary`) has everything else that it did."""

    def __init__(self, summary: Any) -> None:
        super().__init__(summary)
        self.summary = summary

    def __str__(self) -> str:
        notes = " ".join(filter(None, self.summary.notes))
        return notes or f"{self.summary.source}: a snapshot was blocked."


class RunFailed(Permanent):
    """A run did not do all that it was asked to do; `summary` (a `RunSummary`) has what it did."""

    def __init__(self, summary: Any, reason: str) -> None:
        super().__init__(summary, reason)
        self.summary, self.reason = summary, reason

    def __str__(self) -> str:
        return f"{self.summary.source}: {self.reason}"
