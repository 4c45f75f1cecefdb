"""Paper: what is printed on the pages of a PDF whatever they say, their heads and their numbers.

Promises: only the first and last lines of pages are looked at, and only what several of them have
at the same place is left out; the first page stays whole.
"""

import re
from collections import Counter
from collections.abc import Sequence

from tasks.formats.pdf import Word, Words
from tasks.formats.pdf_lines import rows

REPEATED, EDGE = 2, 2
"""One of the first or last two lines, at the same place of two pages: paper, and no text."""


def without_paper(pages: Sequence[Words]) -> list[Words]:
    """Return the pages without what is printed on top or at the foot of several at the same place.

    Digits may differ, so that the number of the page is among it. The first page keeps all.
    """
    printed = [[(_mark(row), row) for row in rows(page)] for page in pages]
    often = Counter(mark for page in printed for mark in {mark for mark, _ in _edges(page)})
    paper = {mark for mark, times in often.items() if times >= REPEATED}
    kept = [
        tuple(word for mark, row in page if mark not in paper for word in row) for page in printed
    ]
    return [*pages[:1], *kept[1:]]


_Printed = tuple[tuple[int, str], list[Word]]


def _edges(page: Sequence[_Printed]) -> Sequence[_Printed]:
    return [*page[:EDGE], *page[-EDGE:]]


def _mark(row: Sequence[Word]) -> tuple[int, str]:
    """Return where a row stands, to some points, and its text without the digits."""
    text = " ".join(word.text for word in row)
    return round(row[0].middle / 4), re.sub(r"\d+", "#", text)
