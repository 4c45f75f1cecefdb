import pytest

from tasks.sitrep.report_links import newest_report

CDN = "https://cdn.example.org/sear-weekly-reports"
BASE = "https://www.example.org/southeastasia/reports"


def page(*links: str) -> bytes:
    """Return a page with links, and one that leads elsewhere."""
    listed = "".join(f"<li><a class='x' href='{link}'>Report</a></li>" for link in links)
    return f"<!DOCTYPE html><ul><a name='x'></a><a href='/about.pdf'>A</a>{listed}</ul>".encode()


@pytest.mark.parametrize(
    ("links", "newest"),
    [
        (("r-9-2021", "r-35-2021", "r-10-2021"), "r-35-2021"),
        (("r-35-2021", "r--14-2022", "r-52-2021"), "r--14-2022"),
        (("r-51-52-2021", "r-50-2021"), "r-51-52-2021"),
        (("r-14-2022", "r-13--14--2022?sfvrsn=1a_7"), "r-13--14--2022?sfvrsn=1a_7"),
        (("r-14-2022?sfvrsn=ff_9", "r-14-2022?sfvrsn=aa_10"), "r-14-2022?sfvrsn=aa_10"),
    ],
)
def test_the_newest_is_chosen_by_its_name(links: tuple[str, ...], newest: str) -> None:
    """By year, number and edition; not by its place in the page."""

    def address(short: str) -> str:
        name, _, query = short.partition("?")
        long = name.replace("r-", f"{CDN}/searo-weekly-situation-report-", 1) + ".pdf"
        return f"{long}?{query}" if query else long

    for listed in (links, links[::-1]):
        assert newest_report(page(*map(address, listed)), BASE) == address(newest)


def test_links_may_begin_in_the_middle_or_stand_in_a_script() -> None:
    """As pages have them that are put together by their own scripts."""
    inside = b'<script>var r = {"url":"%s/searo-weekly-situation-report-3-2022.pdf?a=1"}</script>'
    assert newest_report(inside % CDN.encode(), BASE) == (
        f"{CDN}/searo-weekly-situation-report-3-2022.pdf?a=1"
    )
    relative = page("media/searo-weekly-situation-report-3-2022.pdf")
    assert newest_report(relative, BASE) == (
        "https://www.example.org/southeastasia/media/searo-weekly-situation-report-3-2022.pdf"
    )


def test_a_page_without_reports_has_none() -> None:
    """Other documents are no reports, whatever number they have; nor is a broken address."""
    others = ("x/annual-report-2021.pdf", "situation-report-5-2021.html", "http://[situation")
    assert newest_report(page(*others), BASE) is None
    assert newest_report(b"\xff\xfe<a href>", BASE) is None
