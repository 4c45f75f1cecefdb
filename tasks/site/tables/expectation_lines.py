"""The expectations of a table as lines of its page, beside the alerts that come first."""

from typing import Any, Final

from schemas.expectations.expectation import Judgement
from tasks.quality.data_docs import WORDS, overall, page_name, state_of, verdict
from tasks.site.alert_lines import alert_lines, grave
from tasks.site.tables.table_facts import TableFacts

MOST_ALERTS: Final = 20


def expectation_lines(facts: TableFacts) -> dict[str, Any]:
    """Return what is expected of a table and whether it is met, beside its alerts.

    `state`: never `met` beside an alert of high or critical severity that stands. `beside`: those
    alerts.
    """
    judged = facts.content.judgements.get(facts.dataset, ())
    beside = alert_lines(grave(facts.alerts), MOST_ALERTS)
    state = overall(judged) if judged else "open"
    return {
        "state": "unmet" if beside and state == "met" else state,
        "verdict": verdict(judged) if judged else "",
        "beside": beside,
        "page": page_name(facts.dataset) if judged else "",
        "results": [_result(one) for one in sorted(judged, key=_order)],
    }


def _result(one: Judgement) -> dict[str, Any]:
    return {
        "title": one.title,
        "state": state_of(one),
        "word": WORDS[state_of(one)],
        "seen": one.seen,
        "expected": one.expected,
    }


def _order(one: Judgement) -> tuple[int, str, str]:
    return ([*WORDS].index(state_of(one)), one.topic, one.expectation)
