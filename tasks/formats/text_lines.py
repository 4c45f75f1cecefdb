"""Lines of a text in UTF-8, read one by one."""

import io
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from functools import partial
from typing import Final, Self

from schemas.errors import BadBody
from schemas.limits import Limits
from tasks.formats.sniffing import CHECK_SOURCE

LONGEST: Final = 2**24
"""Characters of one line."""


class Lines:
    """Lines that are read one by one, and can be put back. `count`: how many were taken."""

    def __init__(self, lines: Iterable[str], *, count: int = 0) -> None:
        self._left, self._back, self.count = iter(lines), deque[str](), count

    def __iter__(self) -> Self:
        return self

    def __next__(self) -> str:
        line = self._back.popleft() if self._back else next(self._left)
        self.count += 1
        return line

    def put_back(self, lines: Sequence[str]) -> None:
        """Let lines come again."""
        self._back.extendleft(reversed(lines))
        self.count -= len(lines)

    def is_over(self) -> bool:
        """Return whether only blank lines are left; the first of those is dropped."""
        for line in self:
            if line.strip("\r\n"):
                self.put_back([line])
                return False
        return True


def text_lines(content: bytes, where: str, limits: Limits) -> Iterator[str]:
    """Yield the lines of a text with their ends. Raises BadBody for one beyond the limits."""
    lines = io.TextIOWrapper(io.BytesIO(content), encoding="utf-8-sig", newline="")
    for number, line in enumerate(iter(partial(lines.readline, LONGEST + 1), ""), start=1):
        if line.count(",") >= limits.columns:
            seen = f"{line.count(',') + 1:,} fields in line {number}"
            raise BadBody(where, seen, f"at most {limits.columns:,}", CHECK_SOURCE)
        if len(line) > LONGEST:
            seen = f"more than {LONGEST:,} characters in line {number:,}"
            raise BadBody(where, seen, "lines of a table", CHECK_SOURCE)
        yield line
