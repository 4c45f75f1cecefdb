from pathlib import Path

import pytest
from PIL import Image

from tests.browser.chromium import HOME, Browser, browsing

pytestmark = pytest.mark.browser

PAGES = ("index.html", "who_cases/cases.html", "unicef_market/allocations.html")
PAPER = {False: (251, 250, 247), True: (18, 23, 27)}
"""The colour of the page, light and dark, as the style sheet has it."""
HEAD = 200
"""Room at the top for the bar that pages share with the site, which has another colour."""
WHITE = (255, 255, 255)


def colours(picture: Image.Image) -> set[tuple[int, ...]]:
    """Return the colours of a picture."""
    found = picture.getcolors(maxcolors=picture.width * picture.height)
    return {colour for _, colour in found or [] if isinstance(colour, tuple)}


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("width", [1100, 390], ids=["wide", "narrow"])
@pytest.mark.parametrize("page", PAGES)
def test_a_page_is_whole_by_itself(browser: Browser, page: str, *, width: int, dark: bool) -> None:
    """It asks no other host, its style is there, and nothing hangs over the edge."""
    shown = browser.show(page, width=width, dark=dark)
    assert shown.outside == []
    assert f"{HOME}/assets/style.css" in shown.inside
    assert shown.picture.size == (width, 1400)
    assert shown.picture.getpixel((1, 1399)) == PAPER[dark]
    assert len(colours(shown.picture)) > 50
    assert colours(shown.picture.crop((width - 8, HEAD, width, 1400))) == {PAPER[dark]}


def test_the_index_has_a_verdict_for_every_table(browser: Browser) -> None:
    """The verdict first, then each table with a link to its page."""
    dom = browser.show("index.html").dom
    assert "1 of 2 tables is not as expected" in dom
    assert 'href="who_cases/cases.html"' in dom
    assert "None of the countries is gone? Seen: 1 country: Korea, DPR (PRK)" in dom
    assert "Not judged yet: this is the first vintage" in dom


def test_a_page_shows_expected_and_seen(browser: Browser) -> None:
    """What is not as expected comes first, what is waived is there with its reason."""
    dom = browser.show("who_cases/cases.html").dom
    first, _, rest = dom.partition("How much is there?")
    assert "Korea, DPR (PRK)" in first
    assert "WHO counts anew since May." in first
    assert "as published on 7 Mar 2022" in first
    assert "Checked on 1 Jun 2022 06:00 UTC" in rest
    assert "maximum value must be" in rest


def test_the_pages_work_in_a_folder(docs: Path, chromium: str, tmp_path: Path) -> None:
    """Opened as a file, without any server, the style is found all the same."""
    with browsing(tmp_path, tmp_path, at=chromium) as opened:
        shown = opened.show((docs / "who_cases" / "cases.html").as_uri())
    assert shown.picture.getpixel((1, 1399)) == PAPER[False]


LEAKS = {
    "picture": '<img src="https://pics.example.org/a.png">',
    "script": '<script src="//cdn.example.org/x.js"></script>',
    "font": "<style>@font-face{font-family:f;src:url(http://f.example.org/f)}p{font-family:f}</style>",
    "style": '<link rel="stylesheet" href="https://cdn.example.org/s.css">',
    "frame": '<iframe src="http://frames.example.org/"></iframe>',
    "redirect": '<meta http-equiv="refresh" content="0;url=http://away.example.org/">',
}


@pytest.mark.parametrize("leak", LEAKS)
def test_a_page_that_asks_another_host_is_caught(chromium: str, tmp_path: Path, leak: str) -> None:
    """Were a page of ours to do this, the test above would fail."""
    folder = tmp_path / "site"
    folder.mkdir()
    (folder / "p.html").write_text(f"<!doctype html><title>t</title>{LEAKS[leak]}<p>text")
    with browsing(folder, tmp_path, at=chromium) as opened:
        outside = opened.show("p.html").outside
    assert outside
    assert all(".example.org" in url for url in outside)


def test_a_page_without_style_is_caught(chromium: str, tmp_path: Path) -> None:
    """A bare page is white, and asks for no style sheet."""
    (tmp_path / "p.html").write_text("<!doctype html><title>t</title><p>text")
    with browsing(tmp_path, tmp_path, at=chromium) as opened:
        shown = opened.show("p.html", dark=False)
    assert shown.picture.getpixel((1, 1)) == WHITE
    assert f"{HOME}/assets/style.css" not in shown.inside


def test_the_policy_of_a_page_stops_a_leak(docs: Path, chromium: str, tmp_path: Path) -> None:
    """Even with markup that got in by some way, nothing is asked of another host."""
    folder = tmp_path / "site"
    folder.mkdir()
    html = (docs / "index.html").read_text()
    (folder / "p.html").write_text(html.replace("</main>", LEAKS["picture"] + "</main>"))
    with browsing(folder, tmp_path, at=chromium) as opened:
        shown = opened.show("p.html")
    assert "pics.example.org" in shown.dom
    assert shown.outside == []
