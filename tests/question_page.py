"""The answers of docs/questions.md: `python -m tests.question_page` writes them beside the queries.

A query is a block of `sql`; its answer is the block of `text` behind it, a line of names and a line
per row.
"""

import re
import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path

import duckdb

from schemas.records import utc
from tasks.marts.publish_marts import publish_marts
from tasks.pipeline.backfill import backfill_source
from tasks.pipeline.ingest import ingest_snapshot
from tasks.runs.run_context import RunContext
from tasks.sources import source_named
from tasks.vault.backends.open_store import open_store
from tasks.vault.times import instant
from vaxwatch.archive import archive_folder
from vaxwatch.commands.demo import ARCHIVES

ROOT = Path(__file__).resolve().parents[1]
PAGE = ROOT / "docs" / "questions.md"
FIXTURES = ROOT / "tests" / "fixtures"
QUERY = re.compile(r"```sql\n(?P<sql>.*?)```\n(?:\n```text\n(?P<answer>.*?)```\n)?", re.DOTALL)
MORE = {
    "hdx_humanitarian": ("doses.json", "2021-10-15"),
    "undp_vaccine_equity": ("late.csv", "2022-09-21"),
}
"""The small pages besides the archive, and when they were retrieved."""
NOW = datetime(2026, 11, 29, tzinfo=UTC)


def fill(lake: Path) -> None:
    """Fill a lake as the page says, and build its marts."""
    store = open_store(str(lake))

    def run(source: str) -> RunContext:
        return RunContext(store=store, source=source_named(source), at=NOW, check_quality=False)

    for source in ARCHIVES:
        backfill_source(run(source), f"dir:{archive_folder(source)}")
    for source, (file, day) in MORE.items():
        path = FIXTURES / source / file
        ingest_snapshot(run(source), file=str(path), retrieved_at=utc(instant(day)))
    publish_marts(store, at=NOW)


def answers(lake: Path, page: str) -> dict[str, str]:
    """Return by query what a lake answers: a line of names, and a line for each row."""
    found: dict[str, str] = {}
    with duckdb.connect(str(lake / "catalog/lake.duckdb"), read_only=True) as connection:
        connection.execute("SET TimeZone = 'Asia/Seoul'")  # no answer depends on where one sits
        for query in QUERY.finditer(page):
            done = connection.execute(query["sql"])
            names = [column[0] for column in done.description or ()]
            rows = [" | ".join(map(_cell, row)) for row in done.fetchall()]
            found[query["sql"]] = "\n".join([" | ".join(names), *(rows or ["(no row)"]), ""])
    return found


def _cell(value: object) -> str:
    if value is None:
        return "null"
    if isinstance(value, float) and value.is_integer():
        return f"{value:.0f}"
    return str(value)


def with_answers(page: str, found: dict[str, str]) -> str:
    """Return the page with these answers."""
    return QUERY.sub(
        lambda query: f"```sql\n{query['sql']}```\n\n```text\n{found[query['sql']]}```\n", page
    )


def main() -> int:
    """Write the answers."""
    with tempfile.TemporaryDirectory() as folder:
        lake = Path(folder) / "lake"
        fill(lake)
        page = PAGE.read_text("utf-8")
        PAGE.write_text(with_answers(page, answers(lake, page)), "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
