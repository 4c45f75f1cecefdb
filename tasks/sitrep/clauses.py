"""Clauses: the parts of the sentences of a passage, each with the period that it is about.

A part says "new" (a period, additional, this week) or "total" (so far, cumulative, as of a day)
only where it, or else its whole sentence, says one of both.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from tasks.sitrep.tokens import Token, tokens

Time = Literal["new", "total", "unsaid"]

_NEW = re.compile(
    r"\b(new|newly|additional|additionally|more(?! than)|further"
    r"|(this|past|last|reporting|reported|same) (\d+ )?(days|weeks?|fortnight|period)"
    r"|since the (last|previous) \w+)\b",
    re.IGNORECASE,
)
_TOTAL = re.compile(
    r"\b(cumulative|cumulatively|so far|(to|till|until) date|since|overall|in total"
    r"|(bring|brings|bringing|making|taking|raising|reaching) [\w ]{0,20}\btotal\w*)\b",
    re.IGNORECASE,
)
_UNTIL = re.compile(r"\b(as (of|on|at)|until|till|up to)\b", re.IGNORECASE)
_ENDS = frozenset(".;•▪?!")
_PAUSES = frozenset(",:")
LONGEST = 300
"""A sentence of more tokens is none: a table without lines, or something made to keep us busy."""
_BEGINNERS = frozenset({"including", "bringing", "making", "taking", "raising", "reaching"})
_TURNS = re.compile(
    r"(and|while|with|of) (((the|a) )?(cumulative|cumulatively|total|overall)|who[ms]|which)\b",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Clause:
    """A part of a sentence.

    `time`: of which it speaks; `is_own`: by words of its own, not of another part. `period`: the
    day or period that it names, or else another part of the same time; blank where none is named.
    """

    tokens: tuple[Token, ...]
    time: Time
    is_own: bool
    period: str

    @property
    def text(self) -> str:
        """The part as one text."""
        return joined(self.tokens)


Sentence = tuple[Clause, ...]


def joined(parts: Sequence[Token]) -> str:
    """Return tokens as one text, with a space between any two."""
    return " ".join(part.text for part in parts)


def sentences(text: str) -> list[Sentence]:
    """Return the sentences of a passage, each in its clauses."""
    return [_sentence(parts) for parts in _split(tokens(text))]


def _split(parts: Sequence[Token]) -> Iterator[list[Token]]:
    """Return the tokens of each sentence; a point within a name ends none."""
    sentence: list[Token] = []
    for part in parts:
        is_end = part.kind == "mark" and part.text in _ENDS
        if sentence and (is_end or len(sentence) == LONGEST):
            yield sentence
            sentence = []
        if not is_end:
            sentence.append(part)
    if sentence:
        yield sentence


def _sentence(parts: Sequence[Token]) -> Sentence:
    """Return the clauses of a sentence; a clause without a time takes that of the clause before."""
    cut = list(_cut(parts))
    own: list[Time] = [_time(part) for part in cut]
    stated: set[Time] = {time for time in own if time != "unsaid"}
    before: Time = stated.pop() if len(stated) == 1 else "unsaid"
    times: list[Time] = []
    for time in own:
        before = before if time == "unsaid" else time
        times.append(before)
    periods = [
        next((token.text for token in part if token.kind in {"period", "day"}), "") for part in cut
    ]
    return tuple(
        Clause(tuple(part), time, mine != "unsaid", period or _only(time, times, periods))
        for part, time, mine, period in zip(cut, times, own, periods, strict=True)
    )


def _only(time: Time, times: Sequence[Time], periods: Sequence[str]) -> str:
    """Return the one period that the clauses of a time name."""
    named = {period for of, period in zip(times, periods, strict=True) if of == time and period}
    return named.pop() if len(named) == 1 else ""


def _cut(parts: Sequence[Token]) -> Iterator[list[Token]]:
    """Return the parts between commas and colons, and from words on that begin another thought."""
    clause: list[Token] = []
    for place, part in enumerate(parts):
        pause = part.kind == "mark" and part.text in _PAUSES
        turns = _TURNS.match(joined(parts[place : place + 3]))
        if clause and (pause or turns or part.text.lower() in _BEGINNERS):
            yield clause
            clause = []
        if not pause:
            clause.append(part)
    if clause:
        yield clause


def _time(parts: Sequence[Token]) -> Time:
    """Return the period that a clause names itself."""
    text = joined(parts)
    news = bool(_NEW.search(text)) or any(part.kind == "period" for part in parts)
    total = bool(_TOTAL.search(_NEW.sub("", text)))
    if news != total:
        return "new" if news else "total"
    return "total" if not news and _UNTIL.search(text) else "unsaid"
