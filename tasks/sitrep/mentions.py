"""Mentions: the numbers of a sentence, each with what is counted there."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import takewhile

from tasks.sitrep.clauses import Clause, Sentence, joined
from tasks.sitrep.tokens import Token

PEOPLE, SAMPLES, TESTS, POSITIVES = "People tested", "Samples tested", "Tests", "Positives"
PART, UNSAID = "part", "unsaid"
UNITS = {
    **dict.fromkeys(("people", "person", "persons", "individuals", "nationals"), PEOPLE),
    **dict.fromkeys(("sample", "samples", "specimen", "specimens", "swabs"), SAMPLES),
    **dict.fromkeys(("test", "tests"), TESTS),
}
"""What is counted, by the word of the report."""

_BETWEEN = frozenset(
    (
        *("a", "an", "the", "of", "new", "newly", "additional", "more", "further", "symptomatic"),
        *("suspected", "dprk", "dpr", "korea", "korean", "different", "individual"),
        *("respiratory", "clinical", "laboratory", "pcr", "rt-pcr", "covid-19"),
    )
)
_PART = re.compile(
    r"((were|was|are|being|had|from|in|among|with|having|showing|showed|presenting|presented"
    r"|suffering|who) ){0,3}"
    r"((the|acute|severe|signs of|symptoms of|other) ){0,2}"
    r"(ILI|SARI|flu-like|influenza|respiratory infections?"
    r"|(health ?care|health-care|health) (and|workers?|staff|personnel)|HCWs?"
    r"|(close )?contacts?|travell?ers|quarantine)\b",
    re.IGNORECASE,
)
_NO_TESTS = re.compile(
    r"((who|were|was|are|have|has|had|been|remain|being|still) ){0,4}"
    r"((tested|found) (to be )?(positive|negative)|released|isolated|vaccinated|quarantined"
    r"|in quarantine|under|positive|negative|kits?|cent(re|er)s?|laborator\w+|per|positivity"
    r"|received|died|recovered)\b",
    re.IGNORECASE,
)
_POSITIVE = re.compile(
    r"(\w+ ){0,3}?((were|was|are|have|has|had|been|tested|found|confirmed|to be) ){0,4}"
    r"positives?\b",
    re.IGNORECASE,
)
_TESTING = re.compile(
    r"\b(test(s|ed|ing)?|screened|sampled|samples?|specimens?|PCR)\b", re.IGNORECASE
)
_ALONE = re.compile(r"(\W|$|(and|so far|to date|since|as of|in total|until)\b)", re.IGNORECASE)
_LABEL = re.compile(
    r"\b(people|persons|individuals|nationals|samples|specimens|tests)"
    r"( (tested|screened|collected|performed|conducted))?( \( [^()]* \))?( to date| so far)?"
    r"(( (during|from|between|in|for|over)( [\w-]+){1,8}?)? (is|was|were|stands at|reached|to))*$",
    re.IGNORECASE,
)
_COMPARED = re.compile(
    r"\b(per|compared (to|with)|versus|vs|against|(?<!more )than)$", re.IGNORECASE
)
_TOTAL = re.compile(
    r"\btotal(ling)?( (number|tested|so far|now))*( (of|to|is|was|stands at))*$", re.IGNORECASE
)
_ABOUT = re.compile(
    r"\b(about|around|approximately|nearly|almost|over|some|more than|at least)$", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class Mention:
    """One number of a sentence.

    `counted`: a name of UNITS; "Positives"; "part" for a number of people that is part of another;
    "unsaid" for a total of who knows what. `period`: the day or period named next to it, else that
    of its clause. `is_total`: "a total of" stands before it. `is_rough`: "about" does.
    """

    clause: Clause
    number: Token
    counted: str
    period: str
    is_total: bool
    is_rough: bool


def speaks_of_tests(sentence: Sentence) -> bool:
    """Return whether a sentence has a word for testing, or for what is tested."""
    return any(_TESTING.search(clause.text) for clause in sentence)


def mentions(sentence: Sentence) -> Iterator[Mention]:
    """Return the numbers of a sentence that count tests, or those tested.

    People who were released, isolated or found negative, kits, and figures per head are none. In a
    sentence without a word for tests, people count only if nothing else describes them.
    """
    ahead: list[Token] = []
    before = ""
    is_testing = speaks_of_tests(sentence)
    for clause in sentence:
        for place, token in enumerate(clause.tokens):
            if token.kind == "number":
                behind = list(
                    takewhile(lambda one: one.kind != "number", clause.tokens[place + 1 :])
                )
                words, words_ahead = joined(behind), joined(ahead)
                counted = _counted(words, words_ahead, before)
                is_described = counted == PEOPLE and not _ALONE.match(_unit(words)[1])
                if counted and (is_testing or not is_described):
                    before = counted if counted in UNITS.values() else before
                    periods = [*_periods(behind), *_periods(clause.tokens[:place])[::-1]]
                    period = periods[0] if periods else clause.period
                    sums, rough = (bool(one.search(words_ahead)) for one in (_TOTAL, _ABOUT))
                    yield Mention(clause, token, counted, period, sums, rough)
            ahead.append(token)


def _periods(part: Sequence[Token]) -> list[str]:
    return [token.text for token in part if token.kind in {"period", "day"}]


def _counted(behind: str, ahead: str, before: str) -> str:
    """Return what a number counts; `before`: what the number before it in the sentence does."""
    unit, rest = _unit(behind)
    if _POSITIVE.match(behind):
        return POSITIVES
    if _PART.match(rest) and unit in {"", PEOPLE}:
        return PART
    if _NO_TESTS.match(rest) or _COMPARED.search(ahead):
        return ""
    label = _LABEL.search(ahead)
    total = (before or UNSAID) if _TOTAL.search(ahead) else ""
    who = PEOPLE if behind.startswith("who ") else ""
    return unit or (UNITS[label[1].lower()] if label else who or total)


def _unit(behind: str) -> tuple[str, str]:
    """Return what the words behind a number count, and the words after that."""
    words = behind.split(" ")
    for place, word in enumerate(words[:6]):
        if word.lower() in UNITS:
            return UNITS[word.lower()], " ".join(words[place + 1 :])
        if word.lower() not in _BETWEEN:
            break
    return "", behind
