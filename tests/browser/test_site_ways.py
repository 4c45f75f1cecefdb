"""The ways through the site in Chromium: search, and from an alert to its archived row."""

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tasks.raw.body_reader import archived_body
from tasks.vault.backends.folder_store import FolderStore
from tests.browser.site_pages import ALLOCATIONS, KOREA, visiting

if TYPE_CHECKING:
    from playwright.sync_api import Browser

pytestmark = pytest.mark.browser

CUT = "1,540,800 doses allocated"


@pytest.mark.parametrize(
    ("typed", "place"),
    [
        ("coree du nord", KOREA),
        ("PRK", KOREA),
        ("朝鲜", KOREA),
        ("covishield", "products/index.html#product-"),
        ("unicef_market.alloc", ALLOCATIONS),
        ("8,115,600", "alert/"),
    ],
)
def test_search_by_keyboard_leads_to_a_page(
    chrome: "Browser", site: Path, typed: str, place: str
) -> None:
    """Accents, case and spaces do not count; the data is loaded on the first use."""
    with visiting(chrome, site, viewport={"width": 360, "height": 740}) as visit:
        visit.open("index.html")
        assert visit.page.locator("script[src$='search.js']").count() == 0
        visit.page.focus("#search-box")
        visit.page.keyboard.type(typed)
        visit.page.wait_for_selector("#search-list li")
        visit.page.keyboard.press("ArrowDown")
        chosen = visit.page.get_attribute("#search-box", "aria-activedescendant")
        assert visit.page.get_attribute(f"#{chosen}", "aria-selected") == "true"
        visit.page.keyboard.press("Enter")
        visit.page.wait_for_url(f"**/{place}**")
        assert visit.page.locator("h1").count() == 1


def test_search_reports_that_nothing_was_found(chrome: "Browser", site: Path) -> None:
    """A screen reader hears it; Escape closes the list."""
    with visiting(chrome, site) as visit:
        visit.open(KOREA)
        visit.page.focus("#search-box")
        visit.page.keyboard.type("zzzz")
        visit.page.wait_for_selector("text=Nothing found", state="attached")
        visit.page.fill("#search-box", "nigeria")
        visit.page.wait_for_selector("#search-list li")
        visit.page.keyboard.press("Escape")
        assert visit.page.get_attribute("#search-box", "aria-expanded") == "false"


def test_an_alert_leads_to_its_archived_row(chrome: "Browser", site: Path, demo_lake: Path) -> None:
    """The row on the page stands in the archived bytes that the page links to."""
    with visiting(chrome, site) as visit:
        visit.open("alerts/index.html")
        visit.page.click(f"a:has-text('{CUT}')")
        visit.page.wait_for_selector("#rows")
        versions = visit.page.locator("section.version")
        assert versions.count() == 2
        for at, doses in enumerate(("8,115,600", "1,288,800")):
            version = versions.nth(at)
            row = version.locator("pre.raw").first.inner_text()
            assert doses in row
            link = version.locator("a[href*='raw/bodies']").first
            target = Path(link.evaluate("one => new URL(one.href).pathname"))
            assert target.is_file()
            assert target.is_relative_to(demo_lake)
            body = archived_body(FolderStore(demo_lake), target.stem)
            assert row in body.decode()
            assert target.stem in version.inner_text()
