"""Limits: how much of anything from outside is taken, each with its reason.

Each limit is far above what a publisher we know sends and far below what a small machine cannot
bear. What is beyond it is refused with a sentence (BadBody) that names the limit.
"""

from dataclasses import dataclass

MIB = 2**20

BODY_AT_MOST = 512 * MIB
"""Bytes of one answer. The largest table we know of (all of OWID) has 150 MB."""

REQUEST_SECONDS_AT_MOST = 600.0
"""Time for one address, all tries and waits together: 150 MB come in that time at 2 Mbit/s."""

SNAPSHOT_SECONDS_AT_MOST = 1800.0
"""Time for all requests of one snapshot: a page a second, twice over, and the tries of a few."""

REDIRECTS_AT_MOST = 5
"""Steps from the address asked to the one that answers. Moved pages need two or three."""

REQUESTS_AT_MOST = 500
"""Requests for one snapshot. All of FluNet, at 10,000 rows a page, are 20; a loop has no end."""

PAGE_AT_MOST = 8 * MIB
"""Bytes of a web page in which an address is looked for. A dashboard's page has a fortieth."""

PDF_PAGES_AT_MOST = 300
"""Pages of one PDF. A situation report has about 20; laying out a page takes up to a second."""

PDF_PAGE_WORDS_AT_MOST = 3_000
"""Words of one page of a PDF. A page of small print has 1,500; columns are found word by word."""

PDF_WORDS_AT_MOST = 100_000
"""Words of one PDF. A situation report has about 10,000; its sentences are read one by one."""

PDF_SECONDS_AT_MOST = 300
"""Time of one processor for the words of one PDF: a second a page."""

PDF_MEMORY_AT_MOST = 1024 * MIB
"""Address space of the process that reads one PDF. A report takes 200 MiB of memory."""

TABLE_READER_MEMORY = 1024 * MIB
"""Address space beside that for the libraries of the table reader, most of which stays empty."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Limits:
    """How much a reader takes of one body.

    `unpacked`: bytes out of gzip, or out of all members of a ZIP together; 256 MiB hold the largest
    table we know of. `ratio`: unpacked to packed; tables shrink to a fifth or a twentieth, bombs to
    a thousandth. It counts only above `harmless` unpacked bytes, as a small body may well repeat
    itself. `members`: files in one ZIP; a workbook has about 20. `depth`: how deep JSON is nested;
    Power BI's answers reach 20. `values`: of one JSON text, at up to 150 bytes each; a page of
    FluNet has 600,000. `rows`: of one table; the longest we know of has 583,000. `columns`: of one
    table; Excel holds so many, and the widest we know of, a column a day, has 1,200. `cells`: of
    one sheet from A1 to its last row and column, of one JSON table, or of a CSV in need of the
    careful reader; blanks included, since a reader makes room for each. `plain_cells`: of a plain
    CSV, at 16 bytes each; all of OWID has 35 million. `cell`: characters of one cell; Excel holds
    32,767, Python's csv module takes 131,072.
    """

    unpacked: int = 256 * MIB
    ratio: int = 200
    harmless: int = 8 * MIB
    members: int = 1_000
    depth: int = 64
    values: int = 3_000_000
    rows: int = 5_000_000
    columns: int = 16_384
    cells: int = 5_000_000
    plain_cells: int = 40_000_000
    cell: int = 131_072

    def most_unpacked(self, packed: int) -> int:
        """Return how many bytes a body of `packed` bytes may unpack to.

        >>> Limits(unpacked=1000, ratio=10, harmless=50).most_unpacked(20)
        200
        """
        return min(self.unpacked, max(self.harmless, self.ratio * packed))


LIMITS = Limits()
