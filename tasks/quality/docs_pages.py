"""The page of one dataset in the Data Docs, before it is HTML.

Promises: pure; the verdict first, then unmet expectations, then all others by topic; colour alone
never carries information.
"""

from collections.abc import Iterable, Sequence
from typing import Final

from schemas.expectations.common import TOPICS
from schemas.expectations.expectation import Judgement
from schemas.source import Source
from schemas.wording import day
from tasks.quality.expectation_cards import WORDS, card_of, state_of
from tasks.quality.expected_ranges import ExpectedRange
from tasks.quality.measurements import Measurements


def dataset_page(
    source: Source,
    measurements: Measurements,
    ranges: Sequence[ExpectedRange],
    results: Sequence[Judgement],
) -> dict[str, object]:
    """Return the page of a dataset, for the template.

    `results`: one judgement per entry of `ranges`. Unmet and waived cards come first and are not
    repeated in the topics.
    """
    cards = [
        card_of(expected_range, one) for expected_range, one in zip(ranges, results, strict=True)
    ]
    state, first = overall(results), [card for card in cards if card.state in {"unmet", "waived"}]
    others = {
        question: [card for card in cards if card.judgement.topic == question and card not in first]
        for question in TOPICS
    }
    return {
        "dataset": measurements.dataset,
        "table": table_words(measurements.dataset),
        "title": source.title,
        "publisher": source.publisher,
        "attribution": source.attribution,
        "as_of": day(measurements.judged.as_of),
        "id": measurements.judged.id,
        "judged_at": day(results[0].judged_at),
        "state": state,
        "verdict": verdict(results),
        "explanation": EXPLANATIONS[state],
        "counts": counts(results),
        "words": WORDS,
        "first": first,
        "topics": [
            {"question": question, "cards": found} for question, found in others.items() if found
        ],
        "how": _how(measurements),
    }


EXPLANATIONS: Final = {
    "unmet": (
        "The table is published all the same. Look at what follows before you use it: it may be "
        "news, a change of method, or a fault of the page."
    ),
    "waived": "What is out of the ordinary is known, and somebody has decided to leave it for now.",
    "met": "Beside its last vintages, nothing about this table is out of the ordinary.",
    "open": "A table is compared with what it was before; from its next vintage on it can be.",
}


def table_words(dataset: str) -> str:
    """Return the name of a dataset's table as words.

    >>> table_words("unicef_market.secured_supply")
    'Secured supply'
    """
    return dataset.partition(".")[2].replace("_", " ").capitalize()


def overall(results: Iterable[Judgement]) -> str:
    """Return the worst state among judgements; open when nothing could be judged."""
    states = {state_of(one) for one in results}
    return next((state for state in ("unmet", "waived", "met") if state in states), "open")


def verdict(results: Sequence[Judgement]) -> str:
    """Return the verdict on a table in a few words."""
    state = overall(results)
    number = sum(state_of(one) == state for one in results)
    if state == "unmet":
        return f"{number} of {len(results)} expectations {are(number)} not met"
    if state == "waived":
        as_before = "it is" if number == 1 else "they are"
        return f"As expected, but for {number} that {are(number)} left as {as_before}"
    return "As expected" if state == "met" else "Not judged yet: this is the first vintage"


def counts(results: Sequence[Judgement]) -> list[dict[str, str]]:
    """Return the number of expectations per state, in words, worst first."""
    states = [state_of(one) for one in results]
    return [
        {"state": state, "text": f"{states.count(state)} {word}"}
        for state, word in WORDS.items()
        if state in states
    ]


def are(number: int) -> str:
    """Return the verb for a number.

    >>> are(1), are(2)
    ('is', 'are')
    """
    return "is" if number == 1 else "are"


def _how(measurements: Measurements) -> str:
    before = measurements.vintages[:-1]
    if not before:
        return (
            "This is the first good vintage of the table: the first time that what the source said "
            "could be published. What is expected of it follows from the vintages before, so that "
            "little can be said yet."
        )
    span = day(before[0].as_of)
    if len(before) > 1:
        span = f"{len(before)} vintages from {span} to {day(before[-1].as_of)}"
    else:
        span = f"vintage of {span}"
    return (
        f"A vintage is what the source said at one time. What is expected follows from the {span}: "
        f"the last ones that said something new and were not held back. Of five or more figures "
        f"the one farthest out is left aside. Nothing in the table is changed by this, and nothing "
        f"is kept from being published."
    )
