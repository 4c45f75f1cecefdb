"""The time machine of the site in Chromium: what the lake knew, day by day."""

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from schemas.wording import figure
from tests.browser.site_pages import ALLOCATIONS, KOREA, visiting
from vaxwatch.reader import Lake, open_lake

if TYPE_CHECKING:
    from playwright.sync_api import Browser

pytestmark = pytest.mark.browser

FIRST = "2021-11-29"
"""The day of the first version of the table, before which it has no row."""
DAYS = ("2021-11-28", "2021-12-01", "2022-02-01", "2022-02-10", "2022-03-15", "2022-04-05")


def known_on(lake: Lake, day: str) -> str:
    """Return what the page has to show of the doses allocated to the country on a day."""
    if day < FIRST:
        return "no row"
    rows = lake.asof("unicef_market.allocations", day)
    return figure(int(rows.filter(iso3="PRK")["doses_allocated"].sum()))


@pytest.mark.parametrize(
    ("name", "row"),
    [(KOREA, "unicef_market.allocations/doses_allocated"), (ALLOCATIONS, "PRK.doses_allocated")],
)
def test_the_time_machine_shows_what_the_lake_knew(
    chrome: "Browser", site: Path, demo_lake: Path, name: str, row: str
) -> None:
    """Slider, date box, address and the button back agree with `asof`, day by day."""
    lake = open_lake(str(demo_lake))
    with visiting(chrome, site) as visit:
        visit.open(name)
        value = f'[data-row="{row}"] [data-value]'
        latest = visit.text(value)
        for day in DAYS:
            visit.page.evaluate("day => { location.hash = `#asof=${day}` }", day)
            visit.page.wait_for_function(
                "day => document.querySelector('#asof-box').value === day", arg=day
            )
            assert visit.text(value) == known_on(lake, day), day
            assert visit.place == f"{name}#asof={day}"
            assert visit.text(".asof-line").startswith("As known on ")
        visit.page.go_back()
        assert visit.place == f"{name}#asof={DAYS[-2]}"
        assert visit.text(value) == known_on(lake, DAYS[-2])
        visit.page.fill("#asof-box", "2021-12-24")
        assert visit.text(value) == known_on(lake, "2021-12-24")
        visit.page.click("#time-machine >> text=Latest")
        assert visit.text(value) == latest
        visit.page.focus("#asof-slider")
        visit.page.keyboard.press("End")
        visit.page.keyboard.press("ArrowLeft")
        assert visit.place.endswith("#asof=2022-04-11")
        assert visit.text(value) == known_on(lake, "2022-04-11")


def test_an_address_that_names_no_day_shows_the_latest(chrome: "Browser", site: Path) -> None:
    """It says so."""
    with visiting(chrome, site) as visit:
        visit.open(f"{KOREA}#asof=2022-02-31")
        assert visit.text(".asof-line").startswith("The address names no day. Latest:")
