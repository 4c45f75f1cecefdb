"""Every query in README and docs runs, and gives the answer that it should."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb
import pytest

from tasks.catalog.lake_readme import readme
from tasks.pipeline.ingest import ingest_snapshot
from tasks.runs.run_context import RunContext
from tasks.sources import source_named
from tasks.vault.backends.open_store import open_store
from tests.question_page import FIXTURES, NOW, PAGE, ROOT, answers, fill, with_answers

pytestmark = pytest.mark.long
BLOCK = re.compile(r"```sql\n(.*?)```", re.DOTALL)
PAGES = ("tables", "validation")
CUTS = [("VEN", 0), ("PRK", 1_540_800), ("PRK", 0)]


@pytest.fixture(scope="module")
def lake(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the lake of the page of questions; the documents call it `lake`."""
    folder = tmp_path_factory.mktemp("documents") / "lake"
    fill(folder)
    context = RunContext(
        store=open_store(str(folder)),
        source=source_named("find_tests"),
        at=NOW,
        check_quality=False,
    )
    file = FIXTURES / "find_tests" / "day.csv"
    ingest_snapshot(context, file=str(file), retrieved_at=datetime(2021, 7, 21, tzinfo=UTC))
    return folder


def statements(text: str, folder: Path) -> Iterator[str]:
    """Yield the statements of the blocks of a page; `.read` becomes what it reads."""
    for block in BLOCK.findall(text):
        sql = re.sub(
            r"^\.read (\S+)$", lambda it: (folder / it[1]).read_text(), block, flags=re.MULTILINE
        )
        parts = re.split(r";[ \t]*(?:--.*)?\n", sql)
        yield from (one for one in parts if re.sub(r"--.*", "", one).strip())


def ran(name: str, text: str, folder: Path, monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """Return the rows of each statement of a page, run in a folder; in one session."""
    monkeypatch.chdir(folder)
    found: list[Any] = []
    with duckdb.connect() as connection:
        connection.execute("SET TimeZone = 'Asia/Seoul'")
        for one in statements(text, folder):
            try:
                done = connection.execute(one)
                found.append(done.fetchall() if done else [])
            except duckdb.Error as error:
                pytest.fail(f"{name}: {one}\n{error}")
    return found


def test_the_answers_beside_the_questions_are_those_of_the_lake(lake: Path) -> None:
    """`python -m tests.question_page` writes them again."""
    page = PAGE.read_text("utf-8")
    assert page == with_answers(page, answers(lake, page))


def test_questions_take_three_lines_at_most(lake: Path) -> None:
    """None of them a long one."""
    del lake
    blocks = BLOCK.findall(PAGE.read_text("utf-8"))
    assert len(blocks) >= 10
    assert all(block.count(";") == 1 and block.strip().count("\n") <= 2 for block in blocks)
    assert max(len(line) for block in blocks for line in block.splitlines()) <= 115


def test_the_readme_answers_as_the_command_line(
    lake: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As of a day is its end; cuts include what is gone."""
    text = (ROOT / "README.md").read_text("utf-8")
    newest, on_a_day, cuts, *_, known, changed = ran("README", text, lake.parent, monkeypatch)
    assert [row[5] for row in newest] == [1_828_800]
    assert [row[2] for row in on_a_day] == [8_115_600]
    assert [(row[2], row[5]) for row in cuts] == CUTS
    assert [row[3] for row in known] == [8_115_600]
    assert [row[4:6] for row in changed] == [(8_115_600, 1_288_800), (None, 252_000)]


def test_the_pages_answer(lake: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every page with SQL is known here, and each of its queries finds something."""
    pages = {path.relative_to(ROOT).as_posix(): path for path in (ROOT / "docs").rglob("*.md")}
    texts = {name: path.read_text("utf-8") for name, path in pages.items()}
    with_sql = {name for name, text in texts.items() if BLOCK.search(text)}
    assert with_sql == {f"docs/{name}.md" for name in ("operations", "questions", *PAGES)}
    [flags] = ran("validation", texts["docs/validation.md"], lake.parent, monkeypatch)
    assert ("RWA", "tests_performed_cumulative", "-889137") in [(r[0], r[2], r[3]) for r in flags]
    assert ran("tables", texts["docs/tables.md"], lake.parent, monkeypatch) == [[("2",)]]
    *_, known, gone = ran("operations", texts["docs/operations.md"], lake.parent, monkeypatch)
    assert [row[3] for row in known] == [8_115_600]
    assert {row[1] for row in gone} == {"AstraZeneca - Vaxzevria", "Covovax"}


def test_the_readme_of_a_lake_answers(lake: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever finds it can run its query in the lake's folder."""
    [known] = ran("lake", readme([]), lake, monkeypatch)
    assert [row[5] for row in known] == [8_115_600]


def test_the_database_opens_again_anywhere(
    lake: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Read-only, from another folder, without a variable; a moved lake is named by the variable."""
    monkeypatch.chdir(tmp_path)
    moved = tmp_path / "moved"
    moved.symlink_to(lake)
    for folder in (None, moved):
        with duckdb.connect(str(lake / "catalog/lake.duckdb"), read_only=True) as connection:
            if folder:
                connection.execute(f"SET VARIABLE lake = '{folder}'")
            row = connection.execute(
                "SELECT source, as_of_date, doses_allocated FROM unicef_market_allocations"
            )
            assert [str(cell) for cell in row.fetchall()[0]] == [
                "unicef_market",
                "2022-04-12",
                "1828800",
            ]
            views = {name for (name,) in connection.execute("SHOW TABLES").fetchall()}
    assert {"alerts", "alert_events", "promise_steps", "unicef_market_allocations_changes"} <= views


def test_views_and_columns_carry_their_descriptions(lake: Path) -> None:
    """A BI tool shows them as comments; changes give -1 for what is gone."""
    with duckdb.connect(str(lake / "catalog/lake.duckdb"), read_only=True) as connection:
        asked = connection.execute(
            "SELECT table_name || '.' || column_name FROM duckdb_columns() "
            "WHERE comment IS NULL AND NOT internal"
        )
        assert asked.fetchall() == []
        gone = connection.execute(
            "SELECT rel_change FROM unicef_market_allocations_changes "
            "WHERE kind = 'withdrawn' AND before > 0"
        )
        assert gone.fetchall() == [(-1.0,)]
