"""The status in one line, in the form of monitoring plugins: text, a bar, performance data."""

from collections import Counter
from datetime import timedelta

from schemas.wording import printable
from tasks.watching.lake_status import LakeStatus

NAMED = 3
"""Problems that the line names."""
NAME = "VAXWATCH"


def check_line(status: LakeStatus) -> str:
    """Return the status as one line: OK or WARNING, the first problems, then the figures.

    The figures: problems by kind, rows in quarantine, open alerts, sources with a vintage, and the
    age [s] of the oldest newest vintage of the scheduled ones.
    """
    problems = status.problems
    figures = _figures(status)
    if not problems:
        text = f"{NAME} OK - {figures['sources']} source(s) with data, no problem"
    else:
        named = ", ".join(f"{one.kind} {one.about}" for one in problems[:NAMED])
        more = f" and {len(problems) - NAMED} more" if len(problems) > NAMED else ""
        text = f"{NAME} WARNING - {len(problems)} problem(s): {named}{more}"
    data = " ".join(f"{name}={value};;;0" for name, value in figures.items())
    return f"{_plain(text)}|{data}"


def unknown_line(why: str) -> str:
    """Return the line of a status that could not be read.

    >>> unknown_line("There is no lake at a|b.")
    'VAXWATCH UNKNOWN - There is no lake at a/b.'
    """
    return _plain(f"{NAME} UNKNOWN - {why}")


def _figures(status: LakeStatus) -> dict[str, int | str]:
    kinds = Counter(one.kind for one in status.problems)
    ages = [
        status.at - one.activity.last_as_of
        for one in status.sources
        if one.is_scheduled and one.activity.last_as_of
    ]
    return {
        "sources": sum(one.activity.last_as_of is not None for one in status.sources),
        **{kind: kinds[kind] for kind in ("overdue", "broken", "held")},
        "undelivered": sum(one.undelivered + one.unplanned for one in status.targets),
        "dead": sum(one.dead for one in status.targets),
        "quarantined": sum(one.quarantined for one in status.sources),
        "open_alerts": sum(sum(one.alerts.values()) for one in status.sources),
        "oldest": f"{max(0, int(max(ages, default=timedelta()).total_seconds()))}s",
    }


def _plain(text: str) -> str:
    """Return a text without what ends the line or begins the figures."""
    return printable(text).replace("|", "/")
