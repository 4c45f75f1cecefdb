"""The families of errors, and what is wrong with a call. Two of them decide retries."""

from collections.abc import Sequence

SHOWN = 400
"""Characters."""


class VaxwatchError(Exception):
    """Anything this software raises on purpose. Exit code 1."""


class Permanent(VaxwatchError):
    """Trying again gives the same answer: tell a person."""


class Transient(VaxwatchError):
    """The next try may work."""


class WrongUse(VaxwatchError):
    """The call itself is wrong: a name, a time or an option. Exit code 2."""


class UnknownName(WrongUse):
    """A source, dataset or vintage that is not there; says which are."""

    def __init__(self, kind: str, name: str, known: Sequence[str]) -> None:
        super().__init__(kind, name, known)
        self.kind, self.name, self.known = kind, name, known

    def __str__(self) -> str:
        """Return the sentence for the person on call."""
        there = ", ".join(self.known) if self.known else "none yet"
        return f"There is no {self.kind} '{self.name}'. There are: {there}."


class NothingKnownYet(WrongUse):
    """An as-of time before the first vintage."""

    def __init__(self, dataset: str, asked: str, first: str) -> None:
        super().__init__(dataset, asked, first)
        self.dataset, self.asked, self.first = dataset, asked, first

    def __str__(self) -> str:
        """Return the sentence for the person on call."""
        return (
            f"{self.dataset}: nothing was known at {self.asked}; the first vintage is of "
            f"{self.first}. Ask for that time or later, or backfill an older snapshot."
        )


def short(text: str) -> str:
    """
    Return as much of what a publisher sent as a sentence has room for; the kept body has the rest.

    >>> short("a whole table"), len(short("x" * 9_999))
    ('a whole table', 400)
    """
    return text if len(text) <= SHOWN else f"{text[: SHOWN - 1]}…"
