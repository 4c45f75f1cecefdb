"""The base classes of errors, and errors of a call. Two of the base classes decide retries."""

from collections.abc import Sequence

from schemas.plain_text import listed

SHOWN = 400
"""Characters of a publisher's text in a sentence."""


class VaxwatchError(Exception):
    """The base of all errors that this software raises. Exit code 1."""


class Permanent(VaxwatchError):
    """The next try would fail in the same way; a person must act."""


class Transient(VaxwatchError):
    """The next try may work."""


class WrongUse(VaxwatchError):
    """A name, time or option of the call is wrong. Exit code 2."""


class UnknownName(WrongUse):
    """There is no source, dataset or vintage of that name; the text lists those there are."""

    def __init__(self, kind: str, name: str, known: Sequence[str]) -> None:
        super().__init__(kind, name, known)
        self.kind, self.name, self.known = kind, name, known

    def __str__(self) -> str:
        """Return the sentence for the person on call."""
        return f"There is no {self.kind} '{self.name}'. There are: {listed(self.known)}."


class NothingKnownYet(WrongUse):
    """The as-of time is before the first vintage."""

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
    """Return the first characters of a publisher's text, as many as fit into a sentence.

    >>> short("a whole table"), len(short("x" * 9_999))
    ('a whole table', 400)
    """
    return text if len(text) <= SHOWN else f"{text[: SHOWN - 1]}…"
