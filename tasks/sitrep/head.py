"""Head: the week, the period and the day that are printed on top of a report.

"Week #30 (26 July - 01 August 2021) 06 August 2021"; of two weeks "Weeks #51-52 (20 December 2021 -
02 January 2022) 07 January 2022"; early ones leave the year out of the period.
"""

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from tasks.formats.pdf import Words
from tasks.formats.pdf_lines import Line, rows
from tasks.sitrep.tokens import plain

_HEAD = re.compile(
    r"\bweeks? ?#? ?(?P<week>\d{1,2}(?: ?(?:-|/|,|&|and) ?(?:weeks? ?)?#? ?\d{1,2})?) ?"
    r"\((?P<period>[^()]{5,80})\)(?P<rest>.{0,120})",
    re.IGNORECASE | re.ASCII,
)
_DAY = re.compile(r"(?<!as of )(?<!\d)(\d{1,2} [A-Z][a-z]{2,8} \d{4})(?!\d)", re.ASCII)
_LAST = re.compile(r"(\d{1,2}) ([A-Z][a-z]{2,8})(?: (\d{4}))?\W*$", re.ASCII)
_LATE = timedelta(days=31)
"""A report comes out within so many days after the period that it is about."""


@dataclass(frozen=True, slots=True)
class Head:
    """What is printed; `day` is blank where none stands beside the period."""

    week: str
    period: str
    day: str

    @property
    def last_day(self) -> date | None:
        """The last day of the period; a year that is not printed is that of `day`."""
        found = _LAST.search(self.period)
        if not found:
            return None
        return _date(f"{found[1]} {found[2]} {found[3] or self.day[-4:]}")

    @property
    def is_odd(self) -> bool:
        """Whether the day lies before the end of the period, or long after it."""
        last, day = self.last_day, _date(self.day)
        if last is None or day is None:
            return False
        return not timedelta(0) <= day - last <= _LATE


def head_of(page: Words) -> Head | None:
    """Return what is printed on top of a report's first page; None where no such line is."""
    return head_in(" ".join(Line(tuple(row)).text for row in rows(page)))


def head_in(text: str) -> Head | None:
    """Return the head that stands in a text.

    >>> head_in("Week #30 (26 July - 01 August 2021) 06 August 2021 COVID-19 Weekly Report")
    Head(week='30', period='26 July - 01 August 2021', day='06 August 2021')
    """
    found = _HEAD.search(plain(text))
    if found is None:
        return None
    day = _DAY.search(found["rest"])
    return Head(found["week"], found["period"].strip(), day[1] if day else "")


def _date(text: str) -> date | None:
    for form in ("%d %B %Y", "%d %b %Y"):
        try:
            return datetime.strptime(text, form).replace(tzinfo=UTC).date()
        except ValueError:
            continue
    return None
