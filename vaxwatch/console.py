"""The console that answers are written to: harmless, unbroken, in any encoding."""

import codecs
import os
import re
import sys
import unicodedata
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Final, TextIO

from rich.cells import cell_len
from rich.console import Console, ConsoleOptions, RenderableType
from rich.segment import Segment
from rich.text import Text

from schemas.wording import printable, printable_lines

WIDTH: Final = 100
"""Columns where neither a terminal nor COLUMNS gives a number; a table may be wider there."""
ASCII: Final = {
    "\N{MINUS SIGN}": "-",
    "\N{EN DASH}": "-",
    "\N{EM DASH}": "-",
    "\N{RIGHTWARDS ARROW}": "->",
    "\N{HORIZONTAL ELLIPSIS}": "...",
    "\N{BOX DRAWINGS LIGHT HORIZONTAL}": "-",
}
"""Our own characters for an output that lacks them."""
ENCODING_ERRORS: Final = "vaxwatch.ascii"


class AnswerConsole(Console):
    """A console that breaks no word and passes on no character that acts on a terminal."""

    def __init__(self) -> None:
        columns = os.environ.get("COLUMNS", "")
        is_set = columns.isdecimal() and int(columns) > 0  # 0 where a terminal does not know
        self.is_bounded = sys.stdout.isatty() or is_set
        environment = {name: it for name, it in os.environ.items() if is_set or name != "COLUMNS"}
        width = None if self.is_bounded else WIDTH
        super().__init__(
            width=width, highlight=False, emoji=False, markup=False, _environ=environment
        )

    def print(self, *objects: Any, **options: Any) -> None:
        """Print as the console of rich does, but wrap texts between words alone."""
        texts = [Text(printable(one)) if isinstance(one, str) else one for one in objects]
        whole: dict[str, Any] = {"no_wrap": True, "overflow": "ignore", "crop": False} | options
        if not texts or not all(isinstance(one, Text) for one in texts):
            super().print(*texts, crop=False, **options)
        elif options.get("soft_wrap"):
            super().print(*texts, **options)
        else:
            for line in wrapped(Text(" ").join(texts), self.width):
                super().print(line, **whole)

    def render(
        self, renderable: RenderableType, options: ConsoleOptions | None = None
    ) -> Iterable[Segment]:
        """Yield what is drawn, free of control characters; styles are added behind this."""
        for text, style, control in super().render(renderable, options):
            shown = text if control else printable_lines(text)
            yield Segment(shown, style, control)


def wrapped(text: Text, width: int) -> list[Text]:
    """Return a text in lines of at most a width [columns]; a longer word has a line of its own.

    >>> [line.plain for line in wrapped(Text("s3://bucket/lake is sound."), 10)]
    ['s3://bucket/lake', 'is sound.']
    """
    breaks: list[int] = []
    start = 0
    for word in re.finditer(r"\S+", text.plain):
        if word.start() > start and cell_len(text.plain[start : word.end()]) > width:
            start = word.start()
            breaks.append(start)
    lines = list(text.divide(breaks))
    for line in lines:
        line.rstrip()
    return lines


def write_line(text: str, stream: TextIO | None = None) -> None:
    """Write text and a line break to a stream (standard output by default), in its encoding."""
    output = stream or sys.stdout
    output.write(f"{text}\n")
    output.flush()


def report(text: str) -> None:
    """Write a sentence on standard error, as one line free of control characters."""
    write_line(printable(text), sys.stderr)


def report_lines(text: str) -> None:
    """Write a text of several lines on standard error, free of control characters."""
    write_line(printable_lines(text), sys.stderr)


def prepare_streams() -> None:
    """Let standard output and error write every character; one that is closed writes nowhere.

    What their encoding lacks gets a similar form: a minus stays a minus, an accent goes, anything
    else becomes '?'.
    """
    codecs.register_error(ENCODING_ERRORS, _similar)
    for name in ("stdout", "stderr"):
        stream = getattr(sys, name)
        if stream is None:
            setattr(sys, name, Path(os.devnull).open("w", encoding="utf-8"))  # noqa: SIM115 (to the end)
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure is not None:
            reconfigure(errors=ENCODING_ERRORS)


def _similar(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeEncodeError):
        raise error
    similar = ""
    for one in error.object[error.start : error.end]:
        plain = unicodedata.normalize("NFKD", one).encode("ascii", "ignore").decode("ascii")
        similar += ASCII.get(one) or plain or "?"
    return similar, error.end
