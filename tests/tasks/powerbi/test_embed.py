import base64
import gzip
import html
import json
from urllib.parse import quote

import pytest

from schemas.errors import BadBody
from tasks.powerbi.model import Report, api_of, report_at, report_on


def packed(**report: object) -> str:
    """Return the `r` parameter of a view's address."""
    return base64.b64encode(json.dumps(report).encode()).decode()


R = packed(k="1a-2b", t="3c-4d", c=8)
UNICEF = Report("1a-2b", "3c-4d", "https://app.powerbi.com")


ADDRESS = f"https://app.powerbi.com/view?r={R}&pageName=x"
SCRIPT = ADDRESS.replace("/", "\\u002F").replace("=", "\\u003d").replace("&", "\\u0026")


@pytest.mark.parametrize(
    "page",
    [
        f'<a href="https://example.org/consent?to={quote(ADDRESS, safe="")}">',
        f'<a href="https://example.org/consent?to={quote(quote(ADDRESS, safe=""))}">',
        f'<div data-embed="{html.escape(json.dumps({"src": quote(ADDRESS, safe="")}))}">',
        f'<script>embed("{SCRIPT}")</script>',
        f"<script>embed({json.dumps(json.dumps(SCRIPT))})</script>",
        '<script>embed("{}")</script>'.format(ADDRESS.replace("/", "\\x2f").replace("?", "\\x3F")),
        f'<div data-src="{ADDRESS.replace("/", "&#x2F;").replace("=", "&#61;")}">',
        f'<div data-html="{html.escape(html.escape(ADDRESS.replace("/", "&sol;")))}">',
        f'<div data-html="{html.escape(SCRIPT)}">',
    ],
)
def test_report_is_found_behind_escapes(page: str) -> None:
    """For a query, for a script, for HTML, for one of them inside of another."""
    assert report_on(page.encode(), where="example") == UNICEF


@pytest.mark.parametrize(
    "page",
    [
        f'<iframe src="https://app.powerbi.com/view?r={R}">',
        f"<iframe src='//app.powerbi.com/view?r={R.rstrip('=')}&amp;pageName=x'>",
        f'<iframe data-src="https://app.powerbi.com/view?a=x&amp;r={R.replace("=", "%3D")}">',
        f'{{"url": "https:\\/\\/app.powerbi.com\\/view?r={R}\\u0026pageName=x"}}',
        f'<a href="https://app.powerbi.com/view?r={R}"></a> <iframe src="https://app.powerbi.com/view?r={R}">',
        f'<a href="https://example.org/view?r=5"> <iframe src="https://app.powerbi.com/view?r={R}">',
    ],
)
def test_report_is_found_however_the_page_writes_it(page: str) -> None:
    """As a frame, loaded late, in JSON, with or without padding, twice, beside another r."""
    assert report_on(page.encode(), where="example") == UNICEF
    assert report_on(gzip.compress(page.encode()), where="example") == UNICEF


def test_government_cloud_has_hosts_of_its_own() -> None:
    """The routing is beside the view, in whatever cloud."""
    report = report_at(f"https://app.powerbigov.us/view?r={R}")
    assert report is not None
    assert report.routing == "https://api.powerbigov.us/public/routing/cluster/3c-4d"


@pytest.mark.parametrize(
    "r",
    [
        packed(k="../../x", t="3c"),
        packed(k="1a", t="3c/4d?x"),
        packed(k="1a"),
        packed(k=1, t=2),
        base64.b64encode(b"[1]").decode(),
        base64.b64encode(b"\xff\xfe").decode(),
        "abc%ZZ",
        "5",
    ],
)
def test_report_whose_names_are_none_is_none(r: str) -> None:
    """What would become part of an address is a plain word, or the report is not believed."""
    assert report_at(f"https://app.powerbi.com/view?r={r}") is None
    with pytest.raises(BadBody, match="no report on the page that begins with"):
        report_on(f"https://app.powerbi.com/view?r={r}".encode(), where="example")


def test_two_reports_are_a_choice_for_a_person() -> None:
    """None is taken by chance; the sentence says what to set."""
    other = packed(k="9z", t="3c")
    page = f'"https://app.powerbi.com/view?r={R}" "https://app.powerbi.com/view?r={other}"'
    with pytest.raises(BadBody, match=r"2 reports: 1a-2b, 9z; .*in vaxwatch\.toml"):
        report_on(page.encode(), where="example")


@pytest.mark.parametrize(
    ("document", "api"),
    [
        (
            "https://wabi-south-central-us-redirect.analysis.windows.net",
            "wabi-south-central-us-api",
        ),
        ("https://wabi-north-europe-api.analysis.windows.net/", "wabi-north-europe-api"),
    ],
)
def test_cluster_is_asked_at_its_programs_door(document: str, api: str) -> None:
    """The redirecting host has an answering one beside it."""
    body = json.dumps({"FixedClusterUri": document}).encode()
    assert api_of(body, where="example") == f"https://{api}.analysis.windows.net"


@pytest.mark.parametrize(
    "document",
    [
        *('{"FixedClusterUri": "ftp://x"}', "{}", "[]", '{"FixedClusterUri": 5}'),
        *('{"FixedClusterUri": "http://[x"}', '{"FixedClusterUri": "//a]"}'),
    ],
)
def test_cluster_without_address_is_refused(document: str) -> None:
    """Only a web address leads on."""
    with pytest.raises(BadBody, match="example: seen the cluster"):
        api_of(document.encode(), where="example")
