"""The run log: a line per step and one at the end of each run, on the logger `vaxwatch`.

Promises: the same fields in the same order, key=value or, with VAXWATCH_LOG=json, one JSON object.
Text from outside cannot act on a terminal, and a secret of an address is left out.
"""

import json
import logging
import os
import re
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, TypeVar, cast

from schemas.records import Fetched, Outcome
from schemas.redaction import redacted, redacted_address
from schemas.wording import printable
from tasks.acceptance.parsed_snapshot import ParsedSnapshot
from tasks.alerts.update_alerts import AlertChanges
from tasks.runs.run_step import StepRunner

LOGGER: Final = "vaxwatch"
VARIABLE: Final = "VAXWATCH_LOG"
FORMS: Final = ("text", "json")
FIELDS: Final = (
    *("step", "operation", "state", "source", "as_of", "vintage", "rows", "new", "quarantined"),
    *("alerts", "seconds", "lake", "error", "trace"),
)
"""All fields in their order; a line has those that apply.

as_of, vintage: of the only snapshot, else `vintages` counts them. rows: published, over all tables.
new: rows that were added or changed. quarantined: rows that wait. alerts: opened or changed.
trace: the calls that led to an error that nobody foresaw.
"""
PLAIN: Final = re.compile(r"[\w.:/+@-]+", re.ASCII)
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class StepLog:
    """A step runner that writes a line after each step. `lake`: its address."""

    run_step: StepRunner
    source: str
    lake: str

    def __call__(self, name: str, step: Callable[[], T], /) -> T:
        """Return the result of the step. Raises what the step raises, without a line."""
        began = time.monotonic()
        result = self.run_step(name, step)
        facts = {"step": name, "source": self.source, **facts_of(result)}
        write_line(facts | {"seconds": seconds_since(began), "lake": self.lake})
        return result


def write_line(facts: Mapping[str, Any], level: int = logging.INFO) -> None:
    """Write a line with fields; those that are None or empty are left out."""
    logging.getLogger(LOGGER).log(level, "%s", line_of(facts, as_json=is_json()))


def line_of(facts: Mapping[str, Any], *, as_json: bool) -> str:
    """Return fields as one line.

    >>> line_of({"source": "who_cases", "rows": 3, "error": "It is gone."}, as_json=False)
    'source=who_cases rows=3 error="It is gone."'
    >>> line_of({"rows": 3, "source": "who_cases"}, as_json=True)
    '{"source": "who_cases", "rows": 3}'
    """
    ordered = sorted(facts.items(), key=lambda fact: _place(fact[0]))
    known = {name: _safe(value) for name, value in ordered if value not in {None, ""}}
    if as_json:
        return json.dumps(known)
    return " ".join(f"{name}={_plain(value)}" for name, value in known.items())


def is_json() -> bool:
    """Return whether lines are JSON, by VAXWATCH_LOG."""
    return os.environ.get(VARIABLE) == "json"


def shown(record: logging.LogRecord, text: str) -> str:
    """Return a record of any logger as a line of the log; `text`: as it is formatted.

    A line of ours stands alone, so that each line of a JSON log is an object.
    """
    if record.name == LOGGER:
        return text
    if not is_json():
        return f"{record.name}: {text}"
    return json.dumps({"logger": record.name, "level": record.levelname, "message": text})


def seconds_since(began: float) -> float:
    """Return the seconds since a reading of the monotonic clock, to the millisecond."""
    return round(time.monotonic() - began, 3)


def facts_of(result: object) -> dict[str, Any]:
    """Return the fields that the result of a step gives; empty where it gives none."""
    if isinstance(result, Fetched):
        snapshot = result.snapshot
        return {"as_of": snapshot.retrieved_at.isoformat(), "vintage": snapshot.id}
    if isinstance(result, ParsedSnapshot):
        tables = result.tables.values()
        counts = {"rows": sum(one.rows for one in tables)}
        return facts_of(result.fetched) | counts | {"quarantined": sum(one.bad for one in tables)}
    if isinstance(result, AlertChanges):
        return {"alerts": len(result.alerts)}
    outcomes = getattr(result, "outcomes", result)
    if not isinstance(outcomes, list | tuple):
        return {}
    listed = cast("Sequence[object]", outcomes)
    return outcome_facts([one for one in listed if isinstance(one, Outcome)])


def outcome_facts(outcomes: Iterable[Outcome]) -> dict[str, Any]:
    """Return the fields that outcomes give: their time and id, and rows over all tables."""
    listed = list(outcomes)
    counts = [one for outcome in listed for one in outcome.tables.values()]
    only = listed[0] if len(listed) == 1 else None
    which = {"as_of": only.as_of.isoformat(), "vintage": only.id} if only else {}
    if not listed:
        return {}
    return {
        **(which or {"vintages": len(listed)}),
        "rows": sum(one.rows for one in counts),
        "new": sum(one.inserted + one.updated for one in counts),
        "quarantined": sum(one.quarantined for one in counts),
    }


def _place(name: str) -> int:
    return FIELDS.index(name) if name in FIELDS else FIELDS.index("vintage")


def _safe(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    return printable(redacted_address(value) if "://" in value[:12] else redacted(value))


def _plain(value: Any) -> str:
    text = str(value)
    return text if PLAIN.fullmatch(text) else json.dumps(text, ensure_ascii=False)
