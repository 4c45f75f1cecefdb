"""The columns of a table without ruled lines as camelot sees them: a program of its own.

`python -m tasks.formats.pdf_columns`, started by `tasks.formats.pdf`: standard input is the
document, standard output one JSON object, `columns` or `fault`. What camelot writes is in TMPDIR,
which whoever starts this removes.
"""

import io
import json
import sys
import warnings
from collections.abc import Sequence
from typing import Any

import pdfplumber
from camelot.io import read_pdf  # pyright: ignore[reportUnknownVariableType]

from tasks.formats.pdf_words import restrain


def answer(body: bytes, page: int, area: Sequence[float]) -> dict[str, Any]:
    """Return `columns`: where each column in a part of a page (the first is 1) begins and ends.

    `area`: left, top, right, bottom [points from the page's left and upper edge].
    """
    with pdfplumber.open(io.BytesIO(body)) as document:
        height = float(document.pages[page - 1].height)
    corners = f"{area[0]:.1f},{height - area[1]:.1f},{area[2]:.1f},{height - area[3]:.1f}"
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it warns of a part without a table
        tables = read_pdf(body, pages=str(page), flavor="stream", table_areas=[corners])
    columns: list[tuple[float, float]] = tables[0].cols  # pyright: ignore[reportUnknownMemberType]
    return {"columns": [[float(left), float(right)] for left, right in columns]}


def main(words: Sequence[str]) -> None:
    """Answer standard input; `words`: pages, bytes and seconds at most, the page, the area."""
    _, memory, seconds, page, *area = map(int, words)
    restrain(memory, seconds)
    found = answer(sys.stdin.buffer.read(), page, area)
    sys.stdout.buffer.write(json.dumps(found).encode())


if __name__ == "__main__":
    main(sys.argv[1:])
