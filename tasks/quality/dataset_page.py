"""The page of one dataset in the Data Docs, before it is HTML.

Promises: pure; the verdict first, then unmet expectations, then all others by topic; colour alone
never carries information.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from schemas.expectations.bounds import Span
from schemas.expectations.common import TOPICS
from schemas.expectations.expectation import Judgement
from schemas.source import Source
from schemas.wording import day
from tasks.quality.data_docs import WORDS, counts, overall, state_of, table_words, verdict
from tasks.quality.expected_ranges import ExpectedRange
from tasks.quality.measurements import Measurements
from tasks.quality.result_wording import amount

WIDTH: Final = 176
HEIGHT: Final = 40
EDGE: Final = 6
FEWEST: Final = 2
SHOWN_FIRST: Final = frozenset({"unmet", "waived"})
EXPLANATIONS: Final = {
    "unmet": (
        "The table is published all the same. Look at what follows before you use it: it may be "
        "news, a change of method, or a fault of the page."
    ),
    "waived": "What is out of the ordinary is known, and somebody has decided to leave it for now.",
    "met": (
        "As a whole the table is like its last vintages. What changed in single figures is for the "
        "alerts to say."
    ),
    "open": "A table is compared with what it was before; from its next vintage on it can be.",
}


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
    cards = [(one, _card(known, one)) for known, one in zip(ranges, results, strict=True)]
    others = [(one, card) for one, card in cards if state_of(one) not in SHOWN_FIRST]
    topics = {topic: [card for one, card in others if one.topic == topic] for topic in TOPICS}
    state = overall(results)
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
        "first": [card for one, card in cards if state_of(one) in SHOWN_FIRST],
        "topics": {topic: found for topic, found in topics.items() if found},
        "how": _how(measurements),
    }


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


def _card(known: ExpectedRange, one: Judgement) -> dict[str, object]:
    """Return one expectation on a page; `words`: the text alternative of its sparkline."""
    before = ", ".join(amount(value, known.expectation) for value in known.earlier)
    remark = known.why_not
    if one.waived_by is not None and one.waived_until is not None:
        until = datetime.combine(one.waived_until, datetime.min.time(), tzinfo=one.judged_at.tzinfo)
        remark = f"Left as it is until {day(until)} by {one.waived_by}: {one.waived_reason}"
    elif one.fault is not None:
        remark = f"It could not be checked, which counts as not met: {one.fault}"
    return {
        "judgement": one,
        "state": state_of(one),
        "remark": remark,
        "sparkline": sparkline(known.earlier, known.value, known.within),
        "words": f"Before: {before}. Now: {one.seen}. Expected: {one.expected}.",
    }


def sparkline(
    earlier: Sequence[float], now: float | None, within: Span | None
) -> dict[str, object] | None:
    """Return a small chart of a figure, oldest point first; None with fewer than two points.

    Lengths are in units of the drawing, `width` by `height`, from its upper left corner. `band`:
    top and height of the band behind the points that shows the expected range.
    """
    values = [*earlier, *([] if now is None else [now])]
    if len(values) < FEWEST:
        return None
    ends = [end for end in (within.least, within.most) if end is not None] if within else []
    low, high = min(*values, *ends), max(*values, *ends)
    scale = (HEIGHT - 2 * EDGE) / ((high - low) or 1)

    def down(value: float) -> float:
        return round(HEIGHT - EDGE - (value - low) * scale, 1)

    step = (WIDTH - 2 * EDGE) / (len(values) - 1)
    points = [(round(EDGE + n * step, 1), down(value)) for n, value in enumerate(values)]
    band = None
    if within is not None:
        top = 0.0 if within.most is None else down(within.most)
        bottom = float(HEIGHT) if within.least is None else down(within.least)
        band = (top, round(max(bottom - top, 2.0), 1))
    return {"points": points, "band": band, "width": WIDTH, "height": HEIGHT}
