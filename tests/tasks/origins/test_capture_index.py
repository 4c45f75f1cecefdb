import json
from datetime import UTC, datetime

import pytest
from werkzeug import Response

from schemas.errors import FetchFailed, NothingListed, WrongUse
from tasks.origins import check, plan
from tasks.sources import SOURCES
from tests.tasks.origins.allocated import SOURCE, table
from tests.tasks.origins.web_archive import FIRST, PAGE, SECOND, THIRD, WebArchive, kinds, offered


def test_captures_are_listed_over_all_pages_without_a_download(web: WebArchive) -> None:
    """The key at the end of one page brings the next, until there is none."""
    for day in range(1, 6):
        web.capture(f"2022020{day}060000", table(day))
    assert kinds(offered(web)) == [f"2022020{day}060000" for day in range(1, 6)]
    assert web.asked == ["/cdx/search/cdx"] * 3
    keys = [request.args.get("resumeKey") for request, _ in web.server.log]
    assert keys[0] is None
    assert keys[1] == "org%2Cexample%29%2Fa%2Cb%2Bc+20220202060000"


def test_range_is_asked_of_the_archive(web: WebArchive) -> None:
    """What lies outside of the asked time is not even listed."""
    for timestamp in (FIRST, SECOND, THIRD):
        web.capture(timestamp, table(1))
    day = datetime(2022, 2, 10, tzinfo=UTC)
    until = datetime(2022, 2, 10, 23, 59, 59, 999_999, tzinfo=UTC)
    assert kinds(offered(web, since=day, until=until)) == [SECOND]
    [(request, _)] = web.server.log
    assert (request.args["from"], request.args["to"]) == ("20220210000000", "20220210235959")


def test_captures_of_something_else_are_left_out(web: WebArchive) -> None:
    """Pages that moved or were not found are none, nor is what only repeats such a one."""
    web.capture(FIRST, b"", statuscode="301", mimetype="text/html")
    web.revisit(SECOND, b"")
    web.capture(THIRD, table(1))
    assert kinds(offered(web)) == [THIRD]


def test_capture_listed_twice_is_offered_once(web: WebArchive) -> None:
    """Archives repeat rows."""
    web.capture(FIRST, table(1))
    web.capture(FIRST, table(1))
    assert kinds(offered(web)) == [FIRST]


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        (b"", "lists an empty answer"),
        (b"[]", "lists no capture"),
        (b'[["timestamp","original","statuscode","digest"]]', "lists no capture"),
    ],
)
def test_empty_list_is_not_none(web: WebArchive, answer: bytes, message: str) -> None:
    """It may be true, or the archive's way to say that it is busy: a person looks."""
    web.first = [Response(answer, mimetype="application/json")]
    with pytest.raises(NothingListed, match=f"{message}.*/web/\\*/{PAGE} and try again later"):
        offered(web)


def test_list_without_the_page_itself_counts_its_captures(web: WebArchive) -> None:
    """Captures of a page that moved are counted."""
    web.capture(FIRST, b"", statuscode="302")
    with pytest.raises(NothingListed, match="1 capture, none of them"):
        offered(web)


@pytest.mark.parametrize(
    "answer",
    [
        b"<html>Sorry</html>",
        b'{"error": "x"}',
        b'[["timestamp"], ["20220201060000"]]',
        b'[["timestamp","original","statuscode","digest"],["2022","x","200","A"]]',
        b'[["timestamp","original","statuscode","digest"],["20220201060000"]]',
        b"[" * 100_000,
        b'[["timestamp","original","statuscode","digest"],["20220201060000","x","200","A"]',
    ],
)
def test_something_else_than_a_list_is_transient(web: WebArchive, answer: bytes) -> None:
    """The error quotes its beginning; half a list is no list."""
    web.first = [Response(answer, mimetype="application/json")]
    with pytest.raises(FetchFailed, match="no list of captures"):
        offered(web)


def test_key_that_leads_nowhere_is_an_error(web: WebArchive) -> None:
    """A server that hands out the same key again would be asked for ever."""
    page = [["timestamp", "original", "statuscode", "digest"]]
    page += [["20220201060000", PAGE, "200", "A" * 32], [], ["key"]]
    web.first = [Response(json.dumps(page)) for _ in range(3)]
    with pytest.raises(FetchFailed, match="the same key 'key' for the next page"):
        offered(web)
    assert len(web.asked) == 2


def test_own_address_of_a_source_is_meant_where_none_is_given(web: WebArchive) -> None:
    """Both ways to write it are the same."""
    web.capture(FIRST, table(1))
    for origin in ("wayback", "wayback:"):
        plan("undp_vaccine_equity", origin, archive=web.archive)
    declared = next(one.url for one in SOURCES if one.name == "undp_vaccine_equity")
    assert {request.args["url"] for request, _ in web.server.log} == {declared}


@pytest.mark.parametrize(
    "place",
    ["ftp://example.org/a", "example.org", "-x", "http://", "a\nb", "http://xn--a/", "http://[::1"],
)
def test_what_is_no_web_address_is_refused(place: str) -> None:
    """It is refused before any request to the archive."""
    with pytest.raises(WrongUse, match="expected a web address"):
        check(SOURCE.name, f"wayback:{place}")
