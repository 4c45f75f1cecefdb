"""What the browser tests share: a Chromium, a lake with Data Docs, and the site of the demo."""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from typer.testing import CliRunner

from schemas.waivers import Waiver
from tasks.quality.run_quality import check_quality
from tasks.sources import source_named
from tasks.vault.backends.folder_store import FolderStore
from tests.browser.chromium import Browser, browsing, program
from tests.living import living_files
from tests.published import NOW, allocations, cases, publish
from vaxwatch.commands.app import app

if TYPE_CHECKING:
    from playwright.sync_api import Browser as Chrome

LEFT = Waiver(
    rule="total_*",
    dataset="who_cases.cases",
    reason="WHO counts anew since May.",
    owner="anna@example.org",
    expires=NOW.date(),
)


@pytest.fixture(scope="session")
def chromium() -> str:
    """Return where a Chromium is; without one the tests fail, and `make test-browser` gets one."""
    found = program()
    if found is None:
        pytest.fail("there is no Chromium here; make test-browser gets one")
    return found


@pytest.fixture(scope="session")
def docs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the Data Docs of a lake with one table that lost a country, and one first vintage."""
    lake = tmp_path_factory.mktemp("lake")
    store = FolderStore(lake)
    for week in range(9):
        publish(store, "who_cases", "cases", cases(week + 10), week=week)
    publish(store, "who_cases", "cases", cases(19, lost=["PRK"]), week=9)
    publish(store, "unicef_market", "allocations", allocations({"PRK": 1_540_800}), week=0)
    for name in ("who_cases", "unicef_market"):
        check_quality(store, source_named(name), at=NOW, waivers=[LEFT])
    return lake / "data-docs"


@pytest.fixture
def browser(docs: Path, chromium: str, tmp_path: Path) -> Iterator[Browser]:
    """Return a browser to which the Data Docs are the whole world."""
    with browsing(docs, tmp_path, at=chromium) as opened:
        yield opened


@pytest.fixture(scope="session")
def demo_lake(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the lake of the demo, with sources that live today, and with its site."""
    lake = tmp_path_factory.mktemp("demo") / "lake"
    folders = living_files(lake.parent)
    runs = [
        ["demo", "--no-quality", "--no-track"],
        *(
            ["backfill", folder.name, "--origin", f"dir:{folder}", "--no-quality", "--no-track"]
            for folder in folders
        ),
        ["site", "--no-track"],
    ]
    for words in runs:
        done = CliRunner().invoke(app, [*words, "--lake", str(lake)])
        assert done.exit_code == 0, done.output
    return lake


@pytest.fixture(scope="session")
def site(demo_lake: Path) -> Path:
    """Return the site of the demo."""
    return demo_lake / "site"


@pytest.fixture(scope="session")
def chrome(chromium: str) -> Iterator["Chrome"]:
    """Return a Chromium that playwright drives."""
    from playwright.sync_api import sync_playwright  # noqa: PLC0415 (only browser tests need it)

    with sync_playwright() as driver:
        opened = driver.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        yield opened
        opened.close()
