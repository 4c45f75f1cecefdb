"""The site of the demo in Chromium: what it shows, does, weighs and lets everybody reach."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from schemas.wording import figure
from tasks.raw.body_reader import archived_body
from tasks.vault.backends.folder_store import FolderStore
from tests.browser.site_pages import Visit, visiting
from vaxwatch.reader import Lake, open_lake

if TYPE_CHECKING:
    from playwright.sync_api import Browser

pytestmark = pytest.mark.browser

KOREA = "country/PRK/index.html"
ALLOCATIONS = "table/unicef_market/allocations/index.html"
CUT = "1,540,800 doses allocated"
WIDTHS = (360, 768, 1440)
KINDS: Mapping[str, str] = {
    "front": "index.html",
    "countries": "countries/index.html",
    "country": KOREA,
    "country with few figures": "country/VEN/index.html",
    "embed": "embed/PRK/allocation.html",
    "tables": "tables/index.html",
    "table": ALLOCATIONS,
    "series": "table/who_searo_testing/tests/index.html",
    "version": "table/unicef_market/allocations/20220210*.html",
    "source": "source/unicef_market/index.html",
    "alerts": "alerts/index.html",
    "alert": "alert/2*/index.html",
    "status": "status/index.html",
    "methods": "methods/index.html",
    "glossary": "glossary/index.html",
    "products": "products/index.html",
    "feeds": "feeds/index.html",
}
"""A page of each kind; `*` stands for what a version or an alert is called."""
HEAVIEST: Mapping[str, int] = {"front": 150_000, "country": 400_000}
"""Bytes of a page with its style, script, data and pictures, at most."""
AXE_TAGS = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "best-practice")
FIRST = "2021-11-29"
"""The day of the first version of the table, before which it has no row."""
DAYS = ("2021-11-28", "2021-12-01", "2022-02-01", "2022-02-10", "2022-03-15", "2022-04-05")


def named(site: Path, kind: str) -> str:
    """Return the page of a kind."""
    found = sorted(path.relative_to(site).as_posix() for path in site.glob(KINDS[kind]))
    assert found, kind
    return found[0]


@pytest.mark.parametrize("kind", KINDS)
def test_a_page_fits_the_screen_in_light_and_dark(chrome: "Browser", site: Path, kind: str) -> None:
    """No sideways scroll, no error on its console, no request that leaves its folder."""
    for scheme in ("light", "dark"):
        with visiting(chrome, site, color_scheme=scheme) as visit:
            visit.open(named(site, kind))
            for width in WIDTHS:
                visit.page.set_viewport_size({"width": width, "height": 900})
                wide = visit.page.evaluate("document.documentElement.scrollWidth")
                assert wide <= width, f"{width} px, {scheme}: {wide} px wide"


@pytest.mark.parametrize("kind", KINDS)
def test_axe_finds_nothing_serious(chrome: "Browser", site: Path, kind: str) -> None:
    """On a phone in light, on a desktop in dark."""
    from axe_playwright_python.sync_playwright import Axe  # noqa: PLC0415 (only browser tests)

    for scheme, width in (("light", 360), ("dark", 1440)):
        viewport = {"width": width, "height": 900}
        with visiting(chrome, site, color_scheme=scheme, viewport=viewport) as visit:
            visit.open(named(site, kind))
            rules = {"type": "tag", "values": list(AXE_TAGS)}
            how = {"runOnly": rules, "preload": False}  # preloading would ask for the style sheet
            found = Axe().run(visit.page, options=how).response["violations"]
            assert [brief(one) for one in found if one["impact"] in {"serious", "critical"}] == []


def brief(violation: Mapping[str, Any]) -> str:
    """Return what axe found, and on which elements."""
    nodes = [" ".join(map(str, node["target"])) for node in violation["nodes"]]
    return f"{violation['id']}: {violation['help']}: {', '.join(nodes[:5])} ({len(nodes)})"


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


def test_the_keyboard_reaches_everything(chrome: "Browser", site: Path) -> None:
    """Skip link first, then navigation, search, slider, date box and links of the content."""
    with visiting(chrome, site) as visit:
        visit.open(KOREA)
        visit.page.wait_for_selector("#asof-slider")
        seen: list[str] = []
        for _ in range(250):
            visit.page.keyboard.press("Tab")
            where = visit.page.evaluate(FOCUSED)
            if where == "BODY":
                break
            seen.append(where)
        assert seen[0] == "skip"
        for wanted in ("search-box", "asof-slider", "asof-box"):
            assert wanted in seen
        assert any("alert/" in one for one in seen)


def test_without_a_script_the_page_has_its_figures(chrome: "Browser", site: Path) -> None:
    """The latest figures and the links to versions are there; what needs a script is not shown."""
    with visiting(chrome, site, java_script_enabled=False) as visit:
        for name, row in (
            (KOREA, "unicef_market.allocations/doses_allocated"),
            (ALLOCATIONS, "PRK.doses_allocated"),
        ):
            visit.open(name)
            assert visit.text(f'[data-row="{row}"] [data-value]') == "1,828,800"
            assert not visit.page.is_visible("#time-machine")
            assert not visit.page.is_visible("#search")
        assert visit.page.locator("a[href*='20220210T']").count() > 0


def test_print_loses_no_figure(chrome: "Browser", site: Path) -> None:
    """On paper all headings and figures are there, but not what is used on a screen."""
    with visiting(chrome, site, viewport={"width": 720, "height": 1000}) as visit:
        for name in (KOREA, ALLOCATIONS, named(site, "alert")):
            visit.page.emulate_media(media="screen")
            visit.open(name)
            screen = figures(visit)
            visit.page.emulate_media(media="print")
            assert screen <= figures(visit), name
            assert not visit.page.is_visible("#search")
            assert len(visit.page.pdf()) > 10_000


def figures(visit: Visit) -> set[str]:
    """Return the figures that the content shows, without those of the time machine."""
    return set(re.findall(r"\d[\d,.]{3,}", visit.page.evaluate(CONTENT)))


@pytest.mark.parametrize("kind", HEAVIEST)
def test_a_page_is_light_and_painted_soon(
    chrome: "Browser", site: Path, kind: str, record_property: Any
) -> None:
    """Bytes are held; the largest paint on a phone with a slow processor is only recorded."""
    with visiting(chrome, site, viewport={"width": 360, "height": 740}) as visit:
        asked: set[str] = set()
        visit.page.on("request", lambda request: asked.add(request.url))
        slow = visit.page.context.new_cdp_session(visit.page)
        slow.send("Emulation.setCPUThrottlingRate", {"rate": 4})
        visit.open(named(site, kind))
        painted = visit.page.evaluate(PAINT)
    files = [Path(one.removeprefix("file://").partition("#")[0]) for one in asked]
    weight = sum(path.stat().st_size for path in files)
    record_property("bytes", weight)
    record_property("largest_paint_ms", painted)
    print(f"{kind}: {weight:,} bytes in {len(files)} files, largest paint {painted:,.0f} ms")  # noqa: T201 (shown by -s)
    assert weight <= HEAVIEST[kind]
    assert painted > 0


CONTENT = """() => [...document.querySelectorAll('main *')]
    .filter(one => one.checkVisibility() && !one.closest('.screen'))
    .flatMap(one => [...one.childNodes].filter(text => text.nodeType === 3))
    .map(text => text.data).join(' ')"""
"""The text of what is shown, without what is used on a screen alone."""
FOCUSED = """() => {
    const one = document.activeElement;
    return one.id || one.className || one.getAttribute('href') || one.tagName;
}"""
PAINT = """() => new Promise(done => new PerformanceObserver(
    list => done(list.getEntries().at(-1).startTime)
).observe({type: 'largest-contentful-paint', buffered: true}))"""
