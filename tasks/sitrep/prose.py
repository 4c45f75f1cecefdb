"""Prose: read the figures on one country's tests from passages of a report.

A figure is read only if its sentence states what was counted (people, samples, tests) and for which
time (new, or cumulative); if not, the sentence is listed as unparsable. Nothing is added up. Zero
positives are read only where the sentence states it of the tests ("all negative").
"""

import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field

from tasks.sitrep.clauses import Sentence, sentences
from tasks.sitrep.mentions import (
    PART,
    PEOPLE,
    POSITIVES,
    SAMPLES,
    TESTS,
    UNSAID,
    Mention,
    mentions,
    speaks_of_tests,
)

TOTAL = ", total"
_GROUPS = re.compile(r"(?<=\d)[ ,](?=\d)", re.ASCII)
_YEAR = re.compile(r",? ?(19|20)\d\d(?!\d)", re.ASCII)
FIGURES = tuple(
    counted + time for counted in (PEOPLE, SAMPLES, TESTS, POSITIVES) for time in ("", TOTAL)
)
"""The names under which figures come back: new ones as they are, the others with ", total"."""

_IN_WORDS = re.compile(
    r"\b(one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|(thir|four|fif|six|seven"
    r"|eigh|nine)teen|twenty|(thir|for|fif|six|seven|eigh|nine)ty|hundreds?|thousands?|dozens?)"
    r"( (?!(weeks?|days?|months?|fortnights?|rounds?|others?)\b)[^\W\d]+){0,3}?"
    r" (people|persons?|individuals|nationals|samples?|specimens?|swabs|tests?)\b",
    re.IGNORECASE,
)
"""A number in words of what is counted."""
_NEGATIVE = re.compile(
    r"\b(all|each|every|everyone)\b.{0,60}\bnegative\b"
    r"|\b(tested|were|was|are|found|results?|came back|returned)\b.{0,40}\bnegative\b"
    r"|\b(no|zero|none|nil)\b.{0,60}\bpositives?\b",
    re.IGNORECASE,
)
_NOT_ALL = re.compile(
    r"\b(except|all but|other than|apart|pending|await\w*|yet|not (all|every)|most|some)\b",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Figure:
    """One figure as printed, its `name` of FIGURES, its `period` blank where none is named.

    `sentence`: where it stands first.
    """

    name: str
    text: str
    period: str
    sentence: str = field(default="", compare=False)


@dataclass(frozen=True, slots=True)
class Reading:
    """The figures read from passages.

    `figures`: each once, in their order. `parts`: the printed parts of the new people tested.
    `unparsable`: sentences with a number of tests, in digits or in words, that is not among the
    figures.
    """

    figures: tuple[Figure, ...] = ()
    parts: tuple[str, ...] = ()
    unparsable: tuple[str, ...] = ()

    def cell(self, name: str) -> str:
        """Return the figure under a name: "678"; several for one thing as "678 or 687"; else blank.

        Where each is of a period of its own, none is the whole report's: blank (see `several`).
        """
        texts = [one.text for one in self.figures if one.name == name]
        return "" if self.several(name) else one_of(texts)

    def several(self, name: str) -> tuple[Figure, ...]:
        """Return the figures under a name where there are some, each of a period of its own."""
        found = [one for one in self.figures if one.name == name]
        periods = {one.period for one in found}
        return tuple(found) if 1 < len(found) == len(periods) and "" not in periods else ()


def one_of(texts: Sequence[str]) -> str:
    """Return the number that all nonblank texts show; different numbers joined by "or".

    >>> one_of(["42 773", "", "42773"]), one_of(["678", "687"]), one_of([])
    ('42 773', '678 or 687', '')
    """
    numbers = {_GROUPS.sub("", text): text for text in reversed(texts) if text}
    return " or ".join(reversed(numbers.values()))


def read_prose(passages: Iterable[str]) -> Reading:
    """Return the figures on tests in passages about one country.

    >>> [(one.name, one.text) for one in read_prose(["Last week 678 people were tested."]).figures]
    [('People tested', '678')]
    """
    figures: dict[Figure, None] = {}
    parts: list[str] = []
    unparsable: dict[str, None] = {}
    for sentence in (one for passage in passages for one in sentences(passage)):
        if not figures and not speaks_of_tests(sentence):
            continue
        lost = bool(_IN_WORDS.search(text_of(sentence))) and speaks_of_tests(sentence)
        for mention in mentions(sentence):
            if mention.counted == PART:
                parts += [mention.number.text] if mention.clause.time != "total" else []
            elif figure := _figure(mention, sentence, figures):
                figures[figure] = None
            else:
                known = {one.text for one in figures if one.name.startswith(mention.counted)}
                lost |= _text_of(mention) not in known  # "of the 678 people" says nothing new
        figures |= dict.fromkeys(_none_positive(sentence, figures))
        if lost:
            unparsable[text_of(sentence)] = None
    return Reading(tuple(figures), tuple(parts), tuple(unparsable))


def _figure(mention: Mention, sentence: Sentence, known: Collection[Figure]) -> Figure | None:
    """Return the figure of a mention; None for a rough one, and for one without a time."""
    counted, time = mention.counted, mention.clause.time
    if counted == UNSAID or mention.is_rough:
        return None
    again = mention.is_total and any(figure.name == counted for figure in known)
    if again and not mention.clause.is_own:
        time = "total"
    if time == "unsaid":
        if counted != POSITIVES:
            return None
        time = "new"
    period = _YEAR.sub("", mention.period)
    name = counted + (TOTAL if time == "total" else "")
    return Figure(name, _text_of(mention), period, text_of(sentence))


def text_of(sentence: Sentence) -> str:
    """Return a sentence as one text, for a quotation."""
    return ", ".join(clause.text for clause in sentence)


def _text_of(mention: Mention) -> str:
    return " or ".join((mention.number.text, *mention.number.others))


def _none_positive(sentence: Sentence, known: Collection[Figure]) -> list[Figure]:
    """Return the zeros that a sentence states in words, of all who were tested."""
    numbers = {figure.text for figure in known}
    return [
        Figure(POSITIVES + (TOTAL if clause.time == "total" else ""), "0", "")
        for clause in sentence
        if _NEGATIVE.search(clause.text) and not _NOT_ALL.search(clause.text)
        if all(token.text in numbers for token in clause.tokens if token.kind == "number")
    ]
