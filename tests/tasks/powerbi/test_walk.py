import gzip
from dataclasses import replace
from functools import partial
from typing import Any

import polars as pl
import pytest
from pytest_httpserver import HTTPServer
from werkzeug import Response

from schemas.columns import From
from schemas.contract_errors import SourceChanged
from schemas.errors import BadBody, FetchFailed, FetchRefused
from tasks.powerbi import walk as walking
from tasks.powerbi.query import ROWS
from tasks.powerbi.walk import tables_of, walk
from tasks.powerbi.wanted import Wanted
from tasks.web.fetch import fetch
from tests.tasks.powerbi.dashboard import SORRY, TENANT, Dashboard
from tests.tasks.publisher import AT, BRISK, SMALL

WANTED = (
    Wanted(
        table="donations",
        entities=("mod Donations", "mod Donation Deliveries View Table"),
        columns=(
            (From(("ISO", "Recipient ISO")), False),
            (From(("Donor",)), False),
            (From(("Doses",)), True),
            (From(("Doses Shipped",), optional=True), True),
        ),
    ),
    Wanted(
        table="prices", entities=("mod Prices View Table",), columns=((From(("Buyer",)), False),)
    ),
)
GIVEN = [
    {"Recipient  ISO": "PRK", "donor": "A", "Doses": 5, "Source URL": "x"},
    {"Recipient  ISO": "KHM", "donor": "A", "Doses": 7, "Source URL": "y"},
    {"Recipient  ISO": "KHM", "donor": "A", "Doses": 7, "Source URL": "y"},
    {"Recipient  ISO": "KHM", "donor": "B", "Doses": None, "Source URL": "y"},
    {"Recipient  ISO": "LAO", "donor": None, "Doses": 0, "Source URL": "y"},
]
TABLE = "Mod Donation Deliveries  View Table"
READ = [
    ("KHM", "A", "14", "2", "2"),
    ("KHM", "B", None, "1", "1"),
    ("LAO", None, "0", "1", None),
    ("PRK", "A", "5", "1", "1"),
]


@pytest.fixture
def dashboard(httpserver: HTTPServer) -> Dashboard:
    """Return a dashboard with one of the two tables that are wanted."""
    return Dashboard(httpserver, {"Calendar": [{"Day": 1}], TABLE: GIVEN})


def bodies(address: str) -> dict[str, bytes]:
    """Fetch the bodies of a snapshot."""
    source = replace(SMALL, gather=partial(walk, WANTED))
    return dict(fetch(source, at=AT, url=address, fetch_policy=BRISK).contents)


def read(address: str) -> pl.DataFrame:
    """Fetch a snapshot and read its donations."""
    tables, _ = tables_of(bodies(address), WANTED, where="example")
    return tables["donations"]


def sorry(_: int) -> Response:
    """Say under status 200 that nothing works."""
    return Response(SORRY, content_type="text/html")


def test_page_leads_to_its_tables(dashboard: Dashboard) -> None:
    """Five steps, a body each; tables and columns are found whatever their case and spaces."""
    fetched = bodies(dashboard.url)
    assert list(fetched) == ["page", "cluster", "model", "schema", "donations-1"]
    tables, _ = tables_of(fetched, WANTED, where="example")
    frame = tables["donations"]
    assert frame.columns == ["Recipient ISO", "Donor", "Doses", ROWS, f"{ROWS} with Donor"]
    assert frame.rows() == READ


def test_server_sums_what_shares_its_key(dashboard: Dashboard) -> None:
    """Two equal gifts are two gifts, and a group whose figure is blank is no absent row."""
    assert sum(int(count) for count in read(dashboard.url)[ROWS]) == len(GIVEN)


@pytest.mark.parametrize("filled", [("Recipient  ISO",), ("donor",), ("Recipient  ISO", "donor")])
@pytest.mark.parametrize("doses", [None, 0, 5])
def test_no_group_is_lost_for_its_blank_cells(
    dashboard: Dashboard, filled: tuple[str, ...], doses: int | None
) -> None:
    """A server leaves out a group for which all figures are blank, counts among them."""
    row = {**GIVEN[0], "Recipient  ISO": None, "donor": None, "Doses": doses}
    dashboard.tables = {TABLE: [*GIVEN[1:], row | dict.fromkeys(filled, "Q")]}
    cells = tuple("Q" if name in filled else None for name in ("Recipient  ISO", "donor"))
    figure = None if doses is None else str(doses)
    assert (*cells, figure) in [row[:3] for row in read(dashboard.url).rows()]


def test_address_of_the_report_itself_needs_no_page(dashboard: Dashboard) -> None:
    """A view's address says which report it is."""
    assert list(bodies(dashboard.view)) == ["cluster", "model", "schema", "donations-1"]


def test_pages_follow_each_other(dashboard: Dashboard) -> None:
    """Each is asked for with the tokens of the one before; the table is the same."""
    dashboard.page_size, dashboard.is_packed = 2, True
    fetched = bodies(dashboard.url)
    assert [name for name in fetched if name.startswith("don")] == [
        f"donations-{n}" for n in (1, 2, 3)
    ]
    tables, _ = tables_of(fetched, WANTED, where="example")
    assert tables["donations"].rows() == READ
    assert ["RestartTokens" in window for window in dashboard.questions()] == [False, True, True]


def test_tokens_that_do_not_move_end_the_walk(dashboard: Dashboard) -> None:
    """A server that sends the same page for ever is asked twice; what it sent is refused."""
    dashboard.page_size = 1
    fetched = bodies(dashboard.url)
    assert [name for name in fetched if name.startswith("don")] == ["donations-1", "donations-2"]
    with pytest.raises(BadBody, match="example, donations: seen an end after 2 pages"):
        tables_of(fetched, WANTED, where="example")


def test_pages_have_a_bound(dashboard: Dashboard, monkeypatch: pytest.MonkeyPatch) -> None:
    """Rows after the last page we request are an error."""
    monkeypatch.setattr(walking, "PAGES_AT_MOST", 2)
    dashboard.page_size = 2
    with pytest.raises(BadBody, match="an end after 2 pages where the server has more rows"):
        read(dashboard.url)


@pytest.mark.parametrize(
    ("word", "body"), [("modelsAndExploration", "model"), ("conceptualschema", "schema")]
)
def test_failed_step_is_reported_by_its_last_body(
    dashboard: Dashboard, word: str, body: str
) -> None:
    """A web page under status 200 is archived, and parsing it names the fault."""
    dashboard.faults[word] = sorry
    fetched = bodies(dashboard.url)
    assert (list(fetched)[-1], fetched[body]) == (body, SORRY)
    with pytest.raises(BadBody, match=f"example, {body}: seen a web page that begins with"):
        tables_of(fetched, WANTED, where="example")


def test_page_without_report_is_refused(dashboard: Dashboard) -> None:
    """The page that people open is the first body, and here the last."""
    dashboard.server.clear()
    dashboard.server.expect_request("/dashboard").respond_with_data("<html>We have moved</html>")
    fetched = bodies(dashboard.url)
    assert list(fetched) == ["page"]
    with pytest.raises(BadBody, match=r"example, page: seen no report.*We have moved"):
        tables_of(fetched, WANTED, where="example")


@pytest.mark.parametrize(
    "body", [b"ISO,Doses\nPRK,0\n", gzip.compress(b"ISO\nPRK\n", mtime=0), b"PK\3\4"]
)
def test_address_of_an_export_gives_the_export(dashboard: Dashboard, body: bytes) -> None:
    """Somebody may serve a saved table where the page was."""
    dashboard.server.clear()
    dashboard.server.expect_request("/dashboard").respond_with_data(body)
    assert bodies(dashboard.url) == {"main": body}


def test_cluster_without_address_ends_the_walk(dashboard: Dashboard) -> None:
    """Nothing is asked of a server whose address we do not know."""
    dashboard.server.clear()
    dashboard.server.expect_request(f"/public/routing/cluster/{TENANT}").respond_with_json({})
    fetched = bodies(dashboard.view)
    with pytest.raises(BadBody, match=r"example, cluster: seen the cluster None"):
        tables_of(fetched, WANTED, where="example")


FAULTS: dict[str, tuple[Response, str]] = {
    "a sorry page": (Response(SORRY), "a web page"),
    "an error under status 200": (
        Response('{"results": [{"result": {"error": {"errorCode": "rsQueryTimeout"}}}]}'),
        "the server's own error.*rsQueryTimeout",
    ),
    "half an answer": (Response('{"results": [{"result": {"da'), "no whole JSON"),
}


@pytest.mark.parametrize("name", FAULTS)
def test_fault_instead_of_a_table_is_archived_and_refused(dashboard: Dashboard, name: str) -> None:
    """The answer is a body of the snapshot, and parsing it names the fault."""
    instead, seen = FAULTS[name]
    dashboard.faults["querydata"] = lambda _: instead
    fetched = bodies(dashboard.url)
    assert fetched["donations-1"] == instead.get_data()
    with pytest.raises(BadBody, match=f"^example, donations: donations-1: seen {seen}"):
        tables_of(fetched, WANTED, where="example")


def test_report_that_was_republished_is_found_again(dashboard: Dashboard) -> None:
    """An old address of the report is refused for good; the page leads to the new one."""
    old = dashboard.view
    dashboard.key = "aaaaaaaa-1111-4000-8000-aaaaaaaaaaaa"
    dashboard.__post_init__()
    dashboard.faults["modelsAndExploration"] = lambda count: (
        Response(status=404) if count == 1 else None
    )
    with pytest.raises(FetchRefused, match=r"modelsAndExploration.*status 404"):
        bodies(old)
    assert read(dashboard.url).height == len(READ)


def test_page_that_changes_meanwhile_is_no_table(dashboard: Dashboard) -> None:
    """A model that is refilled between two pages is refused, not joined."""
    dashboard.page_size = 2

    def refilled(count: int) -> Response | None:
        if count == 2:
            dashboard.tables = {TABLE: [{**row, "Doses": 1} for row in GIVEN]}
        return None

    dashboard.faults["querydata"] = refilled
    with pytest.raises(BadBody, match="donations, page 2: seen a first row"):
        read(dashboard.url)


def test_server_out_of_order_may_work_later(dashboard: Dashboard) -> None:
    """What the transport raises passes through."""
    dashboard.faults["querydata"] = lambda _: Response(status=503)
    with pytest.raises(FetchFailed, match="status 503"):
        bodies(dashboard.url)


def test_table_that_lost_a_column_is_left_out_and_reported(dashboard: Dashboard) -> None:
    """The others are read; a sentence says which column is missing, and what is there."""
    dashboard.tables = {TABLE: GIVEN, "mod Prices View Table": [{"Day": 1, "Price": 2.5}]}
    fetched = bodies(dashboard.url)
    assert "prices-1" not in fetched
    tables, remarks = tables_of(fetched, WANTED, where="example")
    assert (list(tables), tables["donations"].rows()) == (["donations"], READ)
    [sentence] = remarks
    assert sentence.startswith("The report's table 'mod Prices View Table' has no column Buyer (")
    assert sentence.endswith("(it has Day, Price): this vintage says nothing of prices.")


def test_missing_table_is_reported(dashboard: Dashboard) -> None:
    """All names under which it was looked for are."""
    _, remarks = tables_of(bodies(dashboard.url), WANTED, where="example")
    [sentence] = remarks
    assert sentence.startswith("The report has none of the tables 'mod Prices View Table': this ")
    assert sentence.endswith(" vintage says nothing of prices.")


def test_report_whose_only_table_lost_a_column_is_refused(dashboard: Dashboard) -> None:
    """Nothing could be read; it says which column, and what is there."""
    dashboard.tables = {TABLE: [{"Recipient ISO": "PRK", "Doses": 5}]}
    fetched = bodies(dashboard.url)
    assert "donations-1" not in fetched
    with pytest.raises(
        SourceChanged, match=r"example: column Donor is gone from donations, .*Recipient ISO, Doses"
    ):
        tables_of(fetched, WANTED, where="example")


def test_report_without_any_wanted_table_is_refused(dashboard: Dashboard) -> None:
    """All names that were looked for are listed beside those that are there."""
    dashboard.tables = {"Calendar": [{"Day": 1}]}
    with pytest.raises(
        BadBody, match=r"tables 'Calendar'; expected at least one of 'mod Donations'"
    ):
        read(dashboard.url)


def test_bodies_of_something_else_are_refused() -> None:
    """Reading needs the schema, and every page of a table."""
    with pytest.raises(BadBody, match="the bodies main"):
        tables_of({"main": b""}, WANTED, where="example")


def test_missing_body_is_refused(dashboard: Dashboard) -> None:
    """A table that the schema has, and no answer, is no empty table."""
    fetched: Any = bodies(dashboard.url)
    del fetched["donations-1"]
    with pytest.raises(BadBody, match="example, donations: seen no page"):
        tables_of(fetched, WANTED, where="example")
