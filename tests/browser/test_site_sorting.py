"""Tables of the site in Chromium sort by column: by mouse, by keyboard, and on a phone."""

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.browser.site_pages import ALLOCATIONS, KOREA, Visit, visiting

if TYPE_CHECKING:
    from playwright.sync_api import Browser

pytestmark = pytest.mark.browser

COUNTRIES = "countries/index.html"
COVAX = "table/covax_allocations/allocations/index.html"
STEPS = "section[aria-labelledby=steps] table"
FIGURES = "#figures table"


def column(visit: Visit, table: str, at: int) -> list[str]:
    """Return the texts of a column, from top to bottom."""
    cells = f"{table} >> tbody tr > :nth-child({at})"
    return [text.split("\n")[0].strip() for text in visit.page.locator(cells).all_inner_texts()]


def numbers(texts: list[str]) -> list[float]:
    """Return the numbers of those that begin with one."""
    return [float(text.split()[0].replace(",", "")) for text in texts if text[:1].isdigit()]


def test_numbers_sort_as_numbers_and_nothing_comes_last(chrome: "Browser", site: Path) -> None:
    """Up, down, as published; a heading states the order, and one heading alone."""
    with visiting(chrome, site) as visit:
        visit.open(COUNTRIES)
        heading = visit.page.locator("#countries th", has_text="Newest promise").first
        published = column(visit, "#countries", 2)
        assert "" in published
        for order, is_down in (("ascending", False), ("descending", True)):
            heading.locator("button").click()
            assert heading.get_attribute("aria-sort") == order
            assert visit.page.locator("#countries [aria-sort]").count() == 1
            shown = column(visit, "#countries", 2)
            found = numbers(shown)
            assert found == sorted(found, reverse=is_down)
            assert len(set(found)) > 2
            assert not any(shown[len(found) :])
        heading.locator("button").click()
        assert heading.get_attribute("aria-sort") is None
        assert column(visit, "#countries", 2) == published


def test_days_and_words_sort_by_keyboard(chrome: "Browser", site: Path) -> None:
    """A day as a day and not as its text; a severity by its rank; focus stays on the heading."""
    with visiting(chrome, site) as visit:
        visit.open(KOREA)
        days = column(visit, STEPS, 1)
        visit.page.focus(f"{STEPS} th:nth-child(1) button")
        visit.page.keyboard.press("Enter")
        assert column(visit, STEPS, 1) == days
        visit.page.keyboard.press("Enter")
        assert column(visit, STEPS, 1) == days[::-1]
        assert visit.page.evaluate("document.activeElement.textContent") == "Shown on"
        visit.page.focus(f"{STEPS} th:nth-child(4) button")
        visit.page.keyboard.press("Space")
        found = [text.split()[0] for text in column(visit, STEPS, 4)]
        assert found == ["info", "info", "high", "critical", "critical", "none"]


def test_the_order_holds_as_the_time_machine_moves(chrome: "Browser", site: Path) -> None:
    """Figures of another day are sorted by what they are on that day."""
    with visiting(chrome, site) as visit:
        visit.open(COVAX)
        visit.page.click(f"{FIGURES} >> th:nth-child(3) button")
        latest = numbers(column(visit, FIGURES, 3))
        visit.page.evaluate("location.hash = '#asof=2021-02-03'")
        visit.page.wait_for_function("document.querySelector('#asof-box').value === '2021-02-03'")
        earlier = numbers(column(visit, FIGURES, 3))
        assert earlier != latest
        assert earlier == sorted(earlier)
        visit.page.click("#time-machine >> text=Latest")
        assert numbers(column(visit, FIGURES, 3)) == latest == sorted(latest)


def test_cards_sort_by_a_list_on_a_phone(chrome: "Browser", site: Path) -> None:
    """Where headings are not shown their buttons take no focus; the list does the same."""
    with visiting(chrome, site, viewport={"width": 360, "height": 740}) as visit:
        visit.open(COUNTRIES)
        assert not visit.page.is_visible("#countries button")
        visit.page.select_option(".sort-by select", "1 descending")
        found = numbers([text.split(": ")[-1] for text in column(visit, "#countries", 2)])
        assert found == sorted(found, reverse=True)
        visit.page.set_viewport_size({"width": 1440, "height": 900})
        assert visit.page.is_visible("#countries button")
        assert not visit.page.is_visible(".sort-by")


def test_what_sorts_is_not_printed(chrome: "Browser", site: Path) -> None:
    """On paper a heading is plain text, and there is no list."""
    with visiting(chrome, site, viewport={"width": 720, "height": 1000}) as visit:
        visit.open(ALLOCATIONS)
        visit.page.emulate_media(media="print")
        assert not visit.page.locator(".sort-by").first.is_visible()
        arrow = "getComputedStyle(document.querySelector('button.sort'), '::after').content"
        assert visit.page.evaluate(arrow) == "none"
        assert visit.page.locator("th", has_text="Shown").first.is_visible()
