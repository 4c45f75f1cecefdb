"""Sections: the head of a report, and which of its passages are about one country.

A passage belongs to a country where its name stands above it as a heading, to the next heading, or
where a sentence names that country and no other. Rows of tables are in no passage.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from tasks.formats.pdf import Word, Words
from tasks.formats.pdf_lines import BULLETS, Line, pieces, reading_order, rows
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
_BLANK = 0.7  # of the size: more blank above a line begins a paragraph
_SAME_SIZE = 0.05
_HEADING = 1.08  # so many times the size of the text, and a line is a heading
CELL_GAP = 0.6  # of the size: more blank than this parts two cells of a table; a space has 0.25
_CELL = re.compile(
    r"[\d .,%+()\u2013\u2014-]*\d[\d .,%+()\u2013\u2014-]*|[-\u2013\u2014.]+|NA|N/A|NR", re.ASCII
)
_SENTENCES = re.compile(r"(?<=[.;])\s+")
_BRACKETS = re.compile(r"\s*\([^()]*\)\W*$")


@dataclass(frozen=True, slots=True)
class Head:
    """What is printed on top of a report; `day` is blank where none stands beside the period.

    Early reports leave the year out of the period.
    """

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


def head_in(text: str) -> Head | None:
    """Return the head that stands in a text, None where there is none."""
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


def is_cell(text: str) -> bool:
    """Return whether a text is a figure of a table, or what stands in place of one.

    >>> is_cell("38 378 277"), is_cell("4.5 %"), is_cell("NA"), is_cell("678 people")
    (True, True, True, False)
    """
    return bool(_CELL.fullmatch(text))


def is_figure(text: str) -> bool:
    """Return whether a text is a figure of a table: a cell with a digit."""
    return is_cell(text) and any(sign.isdigit() for sign in text)


def passages(pages: Iterable[Words], *, names: Sequence[str], others: Sequence[str]) -> list[str]:
    """Return the passages about one country in reading order, each as one text.

    `names`: what the report calls the country. `others`: what it calls the others.
    """
    found: list[str] = []
    section: list[str] = []
    inside, size = False, 0.0
    everybody = (*names, *others)
    prose = (
        [word for row in rows(page) if not _is_table_row(row, everybody) for word in row]
        for page in pages
    )
    lines = (line for page in prose for line in reading_order(page))
    for paragraph in _paragraphs(lines, everybody):
        text = plain(" ".join(line.text for line in paragraph))
        ours = _is_name(text, names)
        above = len(paragraph) == 1 and paragraph[0].size > size * _HEADING > 0
        if ours or _is_name(text, others) or (inside and above):
            found += [" ".join(section)] if section else []
            section, inside, size = [], ours, 0.0
        elif inside:
            size = size or paragraph[0].size
            section.append(text)
        else:
            found += _about(text, names, others)
    return [*found, " ".join(section)] if section else found


def _is_table_row(row: Sequence[Word], names: Sequence[str]) -> bool:
    """Return whether all but the first piece of a row are cells, and it is no prose."""
    first, *rest = [piece.text for piece in pieces(row, CELL_GAP)]
    cells = sum(map(is_cell, rest)) + is_cell(first)
    return bool(rest) and all(map(is_cell, rest)) and (cells > 1 or _is_name(first, names))


def _paragraphs(lines: Iterable[Line], names: Sequence[str]) -> Iterator[list[Line]]:
    """Return the lines by paragraph: a bullet, a blank, another size or a name begins one."""
    paragraph: list[Line] = []
    for line in lines:
        if paragraph and _begins(line, paragraph, names):
            yield paragraph
            paragraph = []
        paragraph.append(line)
    if paragraph:
        yield paragraph


def _begins(line: Line, paragraph: Sequence[Line], names: Sequence[str]) -> bool:
    before = paragraph[-1]
    if line.words[0].text in BULLETS or abs(line.size - before.size) > _SAME_SIZE * line.size:
        return True
    ended = before.text.endswith((".", ":", ";", "?", "!"))
    if (ended and _is_name(line.text, names)) or _is_name(before.text, names):
        return True
    below = line.top - before.bottom
    return ended if below < -line.size else below > _BLANK * line.size


def _is_name(text: str, names: Sequence[str]) -> bool:
    """Return whether a text is a name and nothing else; what stands in brackets does not count."""
    alone = _BRACKETS.sub("", plain(text)).rstrip(" :*").casefold()
    return any(alone == plain(name).casefold() for name in names)


def _about(text: str, names: Sequence[str], others: Sequence[str]) -> list[str]:
    """Return a paragraph that names the country alone; of another, its sentences that do."""
    if not _names(text, names):
        return []
    if not _names(text, others):
        return [text]
    return [one for one in _SENTENCES.split(text) if _names(one, names) and not _names(one, others)]


def _names(text: str, names: Sequence[str]) -> bool:
    return any(re.search(rf"\b{re.escape(plain(name))}\b", text, re.IGNORECASE) for name in names)
