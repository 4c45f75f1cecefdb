"""Lines: the words of a PDF page in the order in which a person reads them.

Columns that stand side by side are read one after the other, each as a whole; what is printed small
and raised (a footnote mark) is in no text. No word is changed.
"""

import re
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

from tasks.formats.pdf import Word, Words

SAME_LINE = 0.4
"""Words whose middles differ by less than this share of their size stand in one line."""
SMALL = 0.75
"""Of the size of its line's largest word: what is smaller is a mark, not a word of the text."""
GUTTER = 1.2
"""Of the size: so much blank ends a piece of a line. A space has 0.25, a justified one up to 1."""
APART = 2.0  # of the size: so much blank between two lines ends what was side by side above it
AT_ONE_HEIGHT = 0.2  # of the size: lines that share so much of their height stand side by side
REPEATED, EDGE = 2, 2
"""One of the first or last two lines, at the same place of two pages: paper, and no text."""
BULLETS = frozenset("•‣▪■●○◦o·-*➢➤§\N{EN DASH}")


@dataclass(frozen=True, slots=True)
class Line:
    """Words that stand side by side without a wide gap, from left to right; never none."""

    words: Words

    @property
    def left(self) -> float:
        """Where it begins [points from the left]."""
        return self.words[0].left

    @property
    def right(self) -> float:
        """Where it ends [points from the left]."""
        return max(word.right for word in self.words)

    @property
    def top(self) -> float:
        """Its upper edge [points from above]."""
        return min(word.top for word in self.words)

    @property
    def bottom(self) -> float:
        """Its lower edge [points from above]."""
        return max(word.bottom for word in self.words)

    @property
    def size(self) -> float:
        """The size of its largest word [points]."""
        return max(word.size for word in self.words)

    @property
    def text(self) -> str:
        """Its words with one space between them, without small marks."""
        least = SMALL * self.size
        words = [word for word in self.words if word.size >= least]
        parts = [words[0].text]
        for before, word in pairwise(words):
            glued = word.left - before.right < 0.02 * word.size and before.size != word.size
            parts.append(word.text if glued else f" {word.text}")
        return "".join(parts)


def rows(words: Iterable[Word]) -> list[list[Word]]:
    """Return the words by the height at which they stand, from above; a row from left to right."""
    found: list[list[Word]] = []
    largest: Word | None = None
    for word in sorted(words, key=lambda one: (one.middle, one.left)):
        size = max(word.size, largest.size if largest else 0)
        if largest and abs(word.middle - largest.middle) < SAME_LINE * size:
            found[-1].append(word)
            largest = word if word.size > largest.size else largest
        else:
            found.append([word])
            largest = word
    return [sorted(row, key=lambda one: one.left) for row in found]


def without_paper(pages: Sequence[Words]) -> list[Words]:
    """Return the pages without what is printed on top or at the foot of several at the same place.

    Digits may differ, so that the number of the page is among it. The first page keeps all.
    """
    printed = [[(_mark(row), row) for row in rows(page)] for page in pages]
    edges = [{mark for mark, _ in (*page[:EDGE], *page[-EDGE:])} for page in printed]
    often = Counter(mark for marks in edges for mark in marks)
    kept = [
        tuple(word for mark, row in page if often[mark] < REPEATED for word in row)
        for page in printed
    ]
    return [*pages[:1], *kept[1:]]


def _mark(row: Sequence[Word]) -> tuple[int, str]:
    """Return where a row stands, to some points, and its text without the digits."""
    return round(row[0].middle / 4), re.sub(r"\d+", "#", " ".join(word.text for word in row))


def pieces(row: Sequence[Word], gap: float = GUTTER) -> list[Line]:
    """Return a row, cut where a blank is wider than `gap` times the size.

    At the width of a gutter a bullet stays with its text; between cells a dash is a cell.
    """
    bullets = BULLETS if gap >= GUTTER else frozenset[str]()
    cut: list[list[Word]] = [[row[0]]]
    for before, word in pairwise(row):
        wide = word.left - before.right > gap * max(word.size, before.size)
        if wide and not (len(cut[-1]) == 1 and before.text in bullets):
            cut.append([word])
        else:
            cut[-1].append(word)
    return [Line(tuple(words)) for words in cut]


def reading_order(words: Iterable[Word]) -> list[Line]:
    """Return the lines of a page as they are read: a column to its end, then the next."""
    lines = [line for row in rows(words) for line in pieces(row)]
    lines.sort(key=lambda line: (line.top, line.left))
    beside = _beside(lines)
    zones: list[_Zone] = []
    for place, line in enumerate(lines):
        if not (zones and zones[-1].takes(line, is_beside=place in beside)):
            zones.append(_Zone(line))
    return [line for zone in zones for line in zone.read()]


class _Zone:
    """Lines that stand in the same columns, or in one; `spans`: where each begins and ends."""

    def __init__(self, line: Line) -> None:
        self.lines, self.spans, self.bottom = [line], [(line.left, line.right)], line.bottom

    def takes(self, line: Line, *, is_beside: bool) -> bool:
        """Add a line if it continues the zone's columns; return whether it does."""
        if line.top - self.bottom > APART * line.size:
            return False
        gap = GUTTER * line.size
        near = [one for one in self.spans if one[0] - line.right <= gap >= line.left - one[1]]
        far = [one for one in self.spans if one not in near]
        left = min([line.left, *(one[0] for one in near)])
        right = max([line.right, *(one[1] for one in near)])
        if not far and (len(self.spans) > 1 or is_beside):
            return False
        self.spans = sorted([*far, (left, right)])
        self.lines.append(line)
        self.bottom = max(self.bottom, line.bottom)
        return True

    def read(self) -> list[Line]:
        """Return the lines of the first column from above, then those of the next."""
        ends = [span[1] for span in self.spans]
        return sorted(self.lines, key=lambda line: (bisect_left(ends, line.right), line.top))


def _beside(lines: Sequence[Line]) -> set[int]:
    """Return the places of the lines at whose height there is another, behind a gutter."""
    edges = [(one.left, one.right, one.top, one.bottom, one.size) for one in lines]
    found: set[int] = set()
    for place, (left, right, top, bottom, size) in enumerate(edges):
        for other in range(place + 1, len(edges)):
            its_left, its_right, its_top, its_bottom, _ = edges[other]
            if its_top >= bottom:
                break
            shared = min(bottom, its_bottom) - max(top, its_top)
            if shared > AT_ONE_HEIGHT * size and (
                its_left - right > GUTTER * size or left - its_right > GUTTER * size
            ):
                found |= {place, other}
    return found
