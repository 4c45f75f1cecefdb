"""What becomes of every real file, as the table in docs/validation.md.

`python -m tests.real_files` writes the table again; a test compares it where the folders of real
files are there. Each file is read by itself: what is held depends on the files before it.
"""

import os
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import groupby
from pathlib import Path

from schemas.errors import Permanent, WrongUse
from schemas.source import Source
from tasks.origins import time_in_name
from tasks.parsing.parse_snapshot import parse_tables
from tasks.parsing.published_tables import published_tables
from tasks.sources import source_named

ROOT = Path(__file__).resolve().parents[1]
PAGE = ROOT / "docs" / "validation.md"
BEGIN, END = "<!-- real files -->\n", "<!-- end of real files -->\n"
SHARED = ROOT.parent / "shared"
CORPUS = Path(os.environ.get("VAXWATCH_CORPUS") or SHARED / "corpus")
CASES = CORPUS.parent / "cases"
UNTIMED = datetime(2022, 6, 9, tzinfo=UTC)
FOLDERS = {
    "corpus/who_global_cases": "who_cases",
    "corpus/who_vaccination_data": "who_vaccination",
    "corpus/owid_vaccinations": "owid_vaccinations",
    "corpus/undp_vaccine_equity": "undp_vaccine_equity",
    "corpus/hdx_humanitarian_dashboard": "hdx_humanitarian",
    "corpus/hdx_covax": "covax_allocations",
    "corpus/find_testing_daily": "find_tests",
    "corpus/find_tests_timeseries": "find_tests",
    "corpus/find_segregated_pcr_rapid": "find_tests",
    "corpus/find_unit_info": "find_tests",
    "corpus/unicef_market_deliveries": "unicef_market",
    "cases/unicef_deliveries_export": "unicef_market",
    "cases": "unicef_market",
    "cases/who_cases_conveyances": "who_cases",
    "cases/owid_testing_brackets": "owid_testing",
    "cases/flunet_uk": "who_flunet",
    "cases/flunet_wide_row": "who_flunet",
    "cases/git_lfs_pointer": "owid_vaccinations",
    "cases/searo_prose": "who_searo_testing",
}
"""The source that each folder is read by."""
OTHERS = {"corpus/hdx_covax/owid_vaccinations_fixture.csv": "owid_vaccinations"}
"""Files that another source than that of their folder reads."""
HEAD = (
    "| files | source | outcome | rows | quarantined | left out |\n|---|---|---|---:|---:|---:|\n"
)


@dataclass(frozen=True, slots=True)
class Line:
    """What became of one file: the last four cells of its line in the table."""

    source: str
    outcome: str
    rows: str = "\N{EN DASH}"
    quarantined: str = "\N{EN DASH}"
    left_out: str = "\N{EN DASH}"


def outcome_of(source: Source, path: Path) -> Line:
    """Return what a source makes of one file."""
    try:
        at = time_in_name(source.name, path)
    except WrongUse:
        at = UNTIMED
    try:
        tables = parse_tables(
            source, published_tables(source, {"main": path.read_bytes()}), retrieved_at=at
        )
    except Permanent as error:
        seen = getattr(error, "seen", "") or str(error).partition("; ")[0].partition(": ")[2]
        return Line(source.name, f"refused: {shortened(seen.replace('|', '/'))}")
    over = [name for name, table in tables.items() if table.is_over_budget]
    counts = [
        (f"{table.frame.height:,}", f"{table.bad:,}", f"{table.left_out:,}")
        for table in tables.values()
    ]
    cells = counts[0] if len(set(counts)) == 1 else map(" · ".join, zip(*counts, strict=True))
    outcome = f"blocked: {', '.join(over)}" if over else f"published: {', '.join(tables)}"
    return Line(source.name, outcome, *cells)


def shortened(text: str, most: int = 120) -> str:
    """Return a text up to the last word that fits."""
    return text if len(text) <= most else f"{text[:most].rpartition(' ')[0]} …"


def lines() -> Iterator[tuple[str, Line]]:
    """Yield every real file by its name, with what became of it."""
    for place, name in FOLDERS.items():
        top, _, folder = place.partition("/")
        there = {"corpus": CORPUS, "cases": CASES}[top] / folder
        for path in sorted(there.iterdir()):
            if path.is_file() and not path.name.startswith("_") and path.name != "README.md":
                file = f"{place}/{path.name}"
                yield file, outcome_of(source_named(OTHERS.get(file, name)), path)


def table(found: Iterable[tuple[str, Line]]) -> str:
    """Return the table: files that follow each other with the same figures share a line."""
    rows: list[str] = []
    for (place, line), files in groupby(found, lambda one: (one[0].rpartition("/")[0], one[1])):
        names = [file.rpartition("/")[2] for file, _ in files]
        shown = names[0] if len(names) == 1 else f"{names[0]} … {names[-1]} ({len(names)})"
        cells = (line.source, line.outcome, line.rows, line.quarantined, line.left_out)
        rows.append(f"| {place}/{shown} | {' | '.join(cells)} |\n")
    return HEAD + "".join(rows)


def page_with(text: str) -> str:
    """Return the page with this table."""
    before, _, rest = PAGE.read_text(encoding="utf-8").partition(BEGIN)
    return before + BEGIN + text + END + rest.partition(END)[2]


if __name__ == "__main__":
    if not (CORPUS.is_dir() and CASES.is_dir()):
        sys.exit(f"there are no real files at {CORPUS} and {CASES}")
    PAGE.write_text(page_with(table(lines())), encoding="utf-8")
