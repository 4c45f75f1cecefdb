"""PDF documents: the words of each page with their places, and the columns a library sees in them.

One that is cut off, damaged, under a password, scanned, or larger than the limits is refused with a
sentence. It is read by a process of its own (`pdf_reader`), which a hostile document may fill or
keep busy: it ends at the limits, knows nothing of ours, and leaves no file behind.
"""

import json
import os
import signal
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from math import ceil, floor
from typing import Any

from schemas.errors import BadBody
from schemas.limits import (
    PDF_MEMORY_AT_MOST,
    PDF_PAGE_WORDS_AT_MOST,
    PDF_PAGES_AT_MOST,
    PDF_SECONDS_AT_MOST,
    PDF_WORDS_AT_MOST,
    TABLE_READER_MEMORY,
)
from tasks.formats.sniffing import CHECK_SOURCE, FETCH_AGAIN, kind_of, refuse_documents

DOCUMENT = "a PDF document with text"
END = b"%%EOF"
TAIL = 1024
"""The last bytes of a whole document, among which its end is marked (ISO 32000-1, annex H.3)."""
PATIENCE = 2
"""A machine with other work to do gives a process its seconds in so many times their length."""


@dataclass(frozen=True, kw_only=True, slots=True)
class PdfLimits:
    """How many pages, bytes of memory and seconds of a processor one document may take."""

    pages: int = PDF_PAGES_AT_MOST
    memory: int = PDF_MEMORY_AT_MOST
    seconds: int = PDF_SECONDS_AT_MOST


PDF_LIMITS = PdfLimits()


@dataclass(frozen=True, slots=True)
class Word:
    """Signs without a space between them; places in points from the page's left and upper edge."""

    text: str
    left: float
    right: float
    top: float
    bottom: float
    size: float

    @property
    def middle(self) -> float:
        """The height on the page at which it stands."""
        return (self.top + self.bottom) / 2


Words = tuple[Word, ...]
Span = tuple[float, float]  # where a column begins and ends [points from the left]
Area = tuple[float, float, float, float]
"""Left, top, right and bottom [points from the page's left and upper edge]."""


def read_pdf(body: bytes, *, where: str, limits: PdfLimits = PDF_LIMITS) -> list[Words]:
    """Return the words of every page, unordered; `pdf_lines` puts them into lines.

    Raises BadBody: no PDF (empty, a web page), cut off, damaged, under a password, without any text
    (scanned), or more than `limits` allow.
    """
    _require_whole(body, where)
    answer = _apart(body, where, limits)
    pages = [tuple(Word(*word) for word in page["words"]) for page in answer["pages"]]
    if not any(pages):
        seen = f"{len(pages)} page{'s' * (len(pages) != 1)} without any text (scanned?)"
        raise BadBody(where, seen, DOCUMENT, CHECK_SOURCE)
    return pages


def read_columns(
    body: bytes, area: Area, *, page: int, where: str, limits: PdfLimits = PDF_LIMITS
) -> list[Span]:
    """Return the columns of a table without ruled lines, as camelot sees them.

    `area`: left, top, right and bottom of the part of the page (the first is 1) in which the table
    stands [points]. Raises BadBody as `read_pdf`.
    """
    _require_whole(body, where)
    words = (page, floor(area[0]), floor(area[1]), ceil(area[2]), ceil(area[3]))
    answer = _apart(body, where, limits, *words)
    return [(left, right) for left, right in answer["columns"]]


def _require_whole(body: bytes, where: str) -> None:
    if kind_of(body) != "pdf":
        refuse_documents(body, where, DOCUMENT)
        raise BadBody(where, f"{kind_of(body)}, not PDF", DOCUMENT, CHECK_SOURCE)
    if END not in body[-TAIL:]:
        seen = f"a PDF cut off after {len(body):,} bytes"
        raise BadBody(where, seen, f"{END.decode()} at its end", FETCH_AGAIN)


def _apart(body: bytes, where: str, limits: PdfLimits, *words: int) -> dict[str, Any]:
    """Return what `pdf_reader`, run as a separate process, answers about a document."""
    memory = limits.memory + (TABLE_READER_MEMORY if words else 0)
    asked = [limits.pages, memory, limits.seconds, *words]
    path = os.pathsep.join(place or "." for place in sys.path)
    with tempfile.TemporaryDirectory(prefix="vaxwatch-pdf-") as folder:
        try:
            done = subprocess.run(  # noqa: S603 (no shell, nothing from outside among the words)
                [sys.executable, "-P", "-m", "tasks.formats.pdf_reader", *map(str, asked)],
                input=body,
                env={
                    "PYTHONPATH": path,
                    "PATH": os.defpath,
                    "TMPDIR": folder,
                    "HOME": folder,
                    "OPENBLAS_NUM_THREADS": "1",
                },
                capture_output=True,
                timeout=PATIENCE * limits.seconds,
                check=False,
            )
        except subprocess.TimeoutExpired as error:
            raise _refusal({"fault": "time"}, where, limits) from error
    answer = _answer_of(done)
    if "fault" in answer:
        raise _refusal(answer, where, limits)
    return answer


def _answer_of(done: subprocess.CompletedProcess[bytes]) -> dict[str, Any]:
    """Return the answer of a process, or the fault of one that ended without an answer."""
    if done.returncode == 0:
        return json.loads(done.stdout)
    lines = done.stderr.decode(errors="replace").split("\n")
    last = next((line.strip() for line in reversed(lines) if line.strip()), "no word")
    if done.returncode == -signal.SIGXCPU:
        return {"fault": "time"}
    if "MemoryError" in last:
        return {"fault": "memory"}
    if done.returncode < 0:
        last = f"its reader was ended by signal {-done.returncode}"
    return {"fault": "damaged", "seen": last[:200]}


def _refusal(answer: dict[str, Any], where: str, limits: PdfLimits) -> BadBody:
    fault = answer["fault"]
    if fault == "damaged":
        return BadBody(where, f"a damaged PDF ({answer['seen']})", DOCUMENT, FETCH_AGAIN)
    if fault == "encrypted":
        return BadBody(where, "a PDF under a password", DOCUMENT, CHECK_SOURCE)
    seen, most = {
        "pages": ("a PDF of more pages", f"at most {limits.pages:,} pages"),
        "words": (
            "a PDF of more words",
            f"at most {PDF_PAGE_WORDS_AT_MOST:,} on a page, {PDF_WORDS_AT_MOST:,} in all",
        ),
        "memory": ("a PDF that fills the memory", f"at most {limits.memory:,} bytes"),
        "time": ("a PDF that is not read in time", f"at most {limits.seconds:,} seconds"),
    }[fault]
    return BadBody(where, seen, most, CHECK_SOURCE)
