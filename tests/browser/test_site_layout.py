"""The pages of the site in Chromium: on every screen, on paper, for everybody, and how heavy."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.browser.site_pages import ALLOCATIONS, KINDS, KOREA, Visit, named, visiting

if TYPE_CHECKING:
    from playwright.sync_api import Browser

pytestmark = pytest.mark.browser

WIDTHS = (360, 768, 1440)
HEAVIEST: Mapping[str, int] = {"front": 150_000, "country": 400_000}
"""Bytes of a page with its style, script, data and pictures, at most."""
AXE_TAGS = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "best-practice")


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


@pytest.mark.parametrize("kind", [name for name in KINDS if name.startswith("embed")])
def test_a_framed_page_shows_picture_and_source(
    chrome: "Browser", site: Path, demo_lake: Path, kind: str
) -> None:
    """In a page of somebody else, on a phone and beside text: no sideways scroll, one picture."""
    page = demo_lake / "newsroom.html"
    frame = f'<iframe src="site/{named(site, kind)}" width="100%" height="520"></iframe>'
    page.write_text(f'<!doctype html><body style="margin: 0">{frame}')
    for scheme, width in (("light", 360), ("dark", 800)):
        viewport = {"width": width, "height": 700}
        with visiting(chrome, demo_lake, color_scheme=scheme, viewport=viewport) as visit:
            visit.open(page.name)
            inside = visit.page.frame_locator("iframe")
            inside.locator("main").wait_for()
            for selector in ("h1", "p.soft >> nth=0"):
                assert inside.locator(selector).is_visible()
            wide = inside.locator("html").evaluate("one => [one.scrollWidth, one.clientWidth]")
            assert wide[0] <= wide[1]
            pictures = inside.locator("svg.drawing:visible")
            assert pictures.count() == (0 if kind == "embed of tests" else 1)
    page.unlink()


def brief(violation: Mapping[str, Any]) -> str:
    """Return what axe found, and on which elements."""
    nodes = [" ".join(map(str, node["target"])) for node in violation["nodes"]]
    return f"{violation['id']}: {violation['help']}: {', '.join(nodes[:5])} ({len(nodes)})"


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
