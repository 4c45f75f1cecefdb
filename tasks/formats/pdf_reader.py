"""Reads a PDF in a process of its own, `python -m tasks.formats.pdf_reader`.

`tasks.formats.pdf` starts it: standard input is the document, standard output one JSON object,
`pages`, `columns` or `fault`. Whatever a hostile document does to memory and time befalls this
process alone: streams that unpack to gigabytes, drawings that draw each other without an end.
"""

import io
import json
import resource
import sys
import warnings
import zlib
from collections.abc import Sequence
from contextlib import suppress
from itertools import islice
from typing import Any

import pdfplumber
from pdfminer.pdfdocument import PDFEncryptionError, PDFPasswordIncorrect
from pdfminer.pdfpage import PDFPage
from pdfminer.pdftypes import LITERALS_FLATE_DECODE, PDFStream, resolve1
from pdfplumber.page import Page
from pdfplumber.utils.exceptions import PdfminerException

from schemas.limits import PDF_PAGE_WORDS_AT_MOST, PDF_WORDS_AT_MOST

PLACES = ("x0", "x1", "top", "bottom", "size")
GAP = 0.15
"""Signs further apart than this share of their size are two words; a space has about 0.25."""


def words_answer(body: bytes, pages_at_most: int) -> dict[str, Any]:
    """Return `pages`, each with its `words`, or what is wrong with the document as `fault`.

    A word is its text, left, right, top, bottom and size [points from the page's left and upper
    edge]. Text that stands upright or upside down (of charts) is left out.
    """
    try:
        with pdfplumber.open(io.BytesIO(body)) as document:
            count = sum(1 for _ in islice(PDFPage.create_pages(document.doc), pages_at_most + 1))
            if count > pages_at_most:
                return {"fault": "pages"}
            broken = [page.page_number for page in document.pages if _is_damaged(page)]
            if broken:
                return {"fault": "damaged", "seen": f"page {broken[0]} cannot be unpacked"}
            pages = [_words(page) for page in document.pages]
    except PdfminerException as error:
        cause = error.args[0] if error.args else error
        if isinstance(cause, PDFPasswordIncorrect | PDFEncryptionError):
            return {"fault": "encrypted"}
        return {"fault": "damaged", "seen": f"{type(cause).__name__}: {cause}".rstrip(": ")}
    except MemoryError:
        return {"fault": "memory"}
    counts = [len(page["words"]) for page in pages]
    is_large = max(counts, default=0) > PDF_PAGE_WORDS_AT_MOST or sum(counts) > PDF_WORDS_AT_MOST
    return {"fault": "words"} if is_large else {"pages": pages}


def _words(page: Page) -> dict[str, Any]:
    found = page.dedupe_chars().extract_words(x_tolerance_ratio=GAP, extra_attrs=["size"])
    words = [
        [word["text"], *(round(float(word[place]), 2) for place in PLACES)]
        for word in found
        if word["upright"] and word["direction"] == "ltr"
    ]
    page.close()
    return {"words": words}


def _is_damaged(page: Page) -> bool:
    """Return whether the page's drawing breaks off: the reader itself would pass over it."""
    for content in page.page_obj.contents:
        stream = resolve1(content)
        if not isinstance(stream, PDFStream):
            return True
        filters = [name for name, _ in stream.get_filters()]
        packed = None if stream.decipher else stream.rawdata
        if packed is not None and filters and filters[0] in LITERALS_FLATE_DECODE:
            try:
                zlib.decompress(packed)
            except zlib.error:
                return True
    return False


def columns_answer(body: bytes, page: int, area: Sequence[float]) -> dict[str, Any]:
    """Return `columns`: where each column in a part of a page begins and ends, as camelot sees it.

    `page`: the first is 1. `area`: left, top, right, bottom [points from the page's left and upper
    edge].
    """
    from camelot.io import read_pdf  # noqa: PLC0415 (slow to import, and rarely needed) # pyright: ignore[reportUnknownVariableType]

    with pdfplumber.open(io.BytesIO(body)) as document:
        height = float(document.pages[page - 1].height)
    corners = f"{area[0]:.1f},{height - area[1]:.1f},{area[2]:.1f},{height - area[3]:.1f}"
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it warns of a part without a table
        tables = read_pdf(body, pages=str(page), flavor="stream", table_areas=[corners])
    columns: list[tuple[float, float]] = tables[0].cols  # pyright: ignore[reportUnknownMemberType]
    return {"columns": [[float(left), float(right)] for left, right in columns]}


def main(words: Sequence[str]) -> None:
    """Answer standard input; `words`: pages, bytes and seconds at most, for columns page and area.

    Memory and processor time are limited where the system knows how.
    """
    pages, memory, seconds, *part = map(int, words)
    with suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    with suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds + 5))
    body = sys.stdin.buffer.read()
    found = columns_answer(body, part[0], part[1:]) if part else words_answer(body, pages)
    sys.stdout.buffer.write(json.dumps(found).encode())


if __name__ == "__main__":
    main(sys.argv[1:])
