"""Expectations that all tables share."""

from schemas.expectations.bounds import AtMost, Bound, Days, Near, NotOne
from schemas.expectations.expectation import Expectation, Fact

SIZE = "How much is there?"
PRESENCE = "Is everything still there?"
FRESHNESS = "Is it fresh?"
CHANGES = "How much was changed?"
TOTALS = "Does it add up?"
TOPICS = (SIZE, PRESENCE, FRESHNESS, CHANGES, TOTALS)
"""The questions, in reading order."""


def size(entities: str) -> tuple[Expectation, ...]:
    """Return the expectations about the number of rows and entities."""
    rows = Expectation(
        name="rows",
        topic=SIZE,
        title="About as many rows as before",
        note=(
            "A page that was cut off has too few rows; one that is listed twice has too many. "
            "Of a source that speaks for some days at a time, the rows of those days."
        ),
        fact="rows",
        noun="rows",
        bound=Near(fall=0.1, rise=0.25, slack=3, floor=1),
    )
    present = Expectation(
        name=entities,
        topic=SIZE,
        title=f"About as many {entities} as before",
        note=f"When many {entities} come or go at once, the page was most likely rearranged.",
        fact="members",
        noun=entities,
        bound=Near(fall=0.05, rise=0.25, slack=1, floor=1),
    )
    return rows, present


def presence(entities: str) -> tuple[Expectation, ...]:
    """Return the expectations about what must still be present."""
    present = Expectation(
        name=f"{entities}_gone",
        topic=PRESENCE,
        title=f"None of the {entities} is gone",
        note=(
            f"All {entities} that the last vintages had are expected to have a row; a name "
            f"that is written otherwise looks like one that is gone. Of a source that speaks "
            f"for some days at a time, those that each of the last vintages had."
        ),
        fact="members_gone",
        noun=entities,
        bound=NotOne(),
    )
    keys = _share(
        "keys_gone",
        PRESENCE,
        "Hardly a row is gone",
        "The share of the rows of the vintage before that are no longer published.",
        AtMost(always=0.02, never=0.9, needs=0),
    )
    figures = _share(
        "figures_withdrawn",
        PRESENCE,
        "Hardly a figure is withdrawn",
        "The share of the figures of the vintage before that are now blank, or gone with their "
        "row; a column that is emptied shows here.",
        AtMost(always=0.02, never=0.9, needs=0),
    )
    return present, keys, figures


def arrival() -> Expectation:
    """Return the expectation about the time since the previous vintage."""
    note = (
        "Days since the vintage before, whether that said anything new or not; what was "
        "published and overwritten within a long gap is not known."
    )
    bound = Days(cadences=2, always=4, never=8)
    return _days("gap", "No long gap came before this vintage", note, bound)


def freshness(newest: str) -> Expectation:
    """Return the expectation about the `newest` day."""
    note = (
        f"Days from the newest {newest} to the day on which the vintage was taken; days "
        f"that lie in the future do not count."
    )
    bound = Days(cadences=2, always=4, needs=1)
    return _days("newest_day", "The newest figures are recent", note, bound)


def changes(usual: float = 0.05) -> tuple[Expectation, ...]:
    """Return the expectations about revisions of figures that were published before.

    `usual`: the share of them that may always change.
    """
    changed = _share(
        "figures_changed",
        CHANGES,
        "About as many figures were changed as usual",
        "The share of the figures of the vintage before that are another figure now.",
        AtMost(always=usual, never=1, needs=3),
    )
    median = Expectation(
        name="change_median",
        topic=CHANGES,
        title="The changed figures did not all move one way",
        note=(
            "Half of the changed figures moved by less than this, half by more; far from 0 "
            "means that most were raised, or lowered, together."
        ),
        fact="change_median",
        unit="change",
        bound=AtMost(always=0.1, is_either_way=True, needs=3),
    )
    large = _share(
        "change_large",
        CHANGES,
        "The largest changes are as large as usual",
        "19 of 20 changed figures moved by less than this, up or down; a slip of the unit "
        "(thousands, percent) shows here.",
        AtMost(always=0.5, needs=3),
    )
    return changed, median, large


def _days(fact: Fact, title: str, note: str, bound: Bound) -> Expectation:
    return Expectation(
        name=fact,
        topic=FRESHNESS,
        title=title,
        note=note,
        fact=fact,
        unit="days",
        noun="days",
        bound=bound,
    )


def _share(fact: Fact, topic: str, title: str, note: str, bound: Bound) -> Expectation:
    return Expectation(
        name=fact, topic=topic, title=title, note=note, fact=fact, unit="share", bound=bound
    )
