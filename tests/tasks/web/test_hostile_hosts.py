"""Whatever a host answers: a body, or a failure in words with its evidence; never a crash."""

import json
import socket
import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.errors import VaxwatchError
from schemas.records import Missed
from tasks.raw.archive import archive_failed_fetch, archive_snapshot
from tasks.raw.cache_validators import cached_validators
from tasks.vault.backends.memory_store import MemoryStore
from tasks.web.download import FetchPolicy
from tasks.web.fetch import fetch
from tasks.web.transport import Hosts
from tests.tasks.publisher import AT, CSV, SMALL
from tests.thorough import examples

HOSTS = Hosts(pause=0)
IMPATIENT = FetchPolicy(attempts=2, patience=0.001, timeout=5, deadline=5, hosts=HOSTS)


class Raw(socketserver.ThreadingTCPServer):
    """A server that sends the same bytes to whoever asks."""

    daemon_threads = True
    answer = b""

    @property
    def url(self) -> str:
        """Its address."""
        return f"http://127.0.0.1:{self.server_address[1]}/a.csv"


class _Handler(socketserver.BaseRequestHandler):
    def handle(self) -> None:
        self.request.recv(65536)
        assert isinstance(self.server, Raw)
        self.request.sendall(self.server.answer)


@contextmanager
def raw_server() -> Iterator[Raw]:
    """Run a server on loopback."""
    with Raw(("127.0.0.1", 0), _Handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield server
        server.shutdown()
        thread.join()


@pytest.fixture(scope="module")
def server() -> Iterator[Raw]:
    """Return a server whose answer a test sets."""
    with raw_server() as running:
        yield running


@pytest.fixture(autouse=True)
def _no_name_server(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let no name leave the machine; names are encoded as the system's resolver encodes them."""
    resolve = socket.getaddrinfo

    def local(host: str, *more: object, **how: object) -> object:
        host.encode("idna")
        if host.strip("0123456789.:abcdef"):
            raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
        return resolve(host, *more, **how)  # pyright: ignore[reportCallIssue, reportArgumentType]

    monkeypatch.setattr(socket, "getaddrinfo", local)


def outcome(server: Raw, lake: MemoryStore) -> str:
    """Fetch and archive; return the error's sentence, empty for a body."""
    missed: list[Missed] = []
    trusted = {key.rpartition("/")[2].removesuffix(".json") for key in lake.list("raw/small/f")}
    cached = cached_validators(lake, "small", trusted=trusted)
    try:
        fetched = fetch(
            SMALL, at=AT, url=server.url, fetch_policy=IMPATIENT, cached=cached, miss=missed.append
        )
    except VaxwatchError:
        [one] = missed
        archive_failed_fetch(lake, one)
        [key] = lake.list("raw/small/failed/")
        blob = lake.get(key)
        assert blob is not None
        return str(json.loads(blob.body)["requests"][-1]["fault"])
    archive_snapshot(lake, fetched)
    return ""


ODD_HOSTS = [
    *(
        "a" * 64 + ".example",
        "a..b",
        ".a",
        "a.",
        ".",
        "..",
        "xn--a",
        "xn--",
        "xn--\u00e9",
        "a" * 300,
    ),
    *(
        "xn--0.example",
        "%00",
        "%2e",
        "a%20b",
        "a b",
        "\u00ad",
        "\u2024",
        "\uff11.1",
        "[::1",
        "[::1]",
        "[v1.a]",
    ),
    *(
        "0x7f.1",
        "127.1",
        "2130706433",
        "10.0.0.1",
        "::1",
        "-a",
        "_a",
        "a_b.example",
        "@",
        "u@",
        "u:p@a..b",
    ),
]
ODD_PORTS = ["", ":", ":0", ":99999", ":-1", ":1e3", ":\u0661", ":a"]
LOCATIONS = st.one_of(
    st.builds("http://{}{}/x".format, st.sampled_from(ODD_HOSTS), st.sampled_from(ODD_PORTS)),
    st.sampled_from(
        ["", " ", "#", "?", "//", "///", "http:", "http://", "https:///a", "ht tp://a"]
    ),
    st.sampled_from(
        ["file:///etc/passwd", "javascript:0", "a:b:c", "/" * 70_000, "\\\\a\\b", "http:a"]
    ),
    st.text(max_size=12),
)
NUMBERS = [
    "9" * 400,
    "-5",
    "-0",
    "1e9",
    "\u0663",
    "",
    "0",
    "0x10",
    "5, 5",
    "5, 6",
    "1.5",
    "nan",
    "inf",
]
DATES = [
    "Fri, 31 Dec 9999 23:59:59 GMT",
    "Fri, 31 Dec 9999 23:59:59 -2359",
    "Mon, 01 Jan 0001 00:00:00 +2359",
    "Mon, 01 Jan 0000 00:00:00 GMT",
    "Wed, 21 Oct 2015 07:28:00 +99999999999999999999",
    "Wed, 21 Oct 2015 07:28:00 -9959",
    "Wed, 21 Oct 99999999999999999999 07:28:00 GMT",
    "Thu, 32 Foo 2022 25:61:61 ZZZ",
    "Thu, 10 Feb 2022 06:00:00 GMT",
    "10 Feb",
]
ODD_TEXTS = st.one_of(st.sampled_from([*NUMBERS, *DATES]), st.text(max_size=8))
HEADERS = st.fixed_dictionaries(
    {},
    optional={
        "Location": LOCATIONS,
        "Retry-After": ODD_TEXTS,
        "Date": ODD_TEXTS,
        "Last-Modified": ODD_TEXTS,
        "ETag": ODD_TEXTS | st.just('"\u00e9"'),
        "Content-Length": ODD_TEXTS,
        "Content-Encoding": ODD_TEXTS,
        "Content-Type": ODD_TEXTS,
        "Transfer-Encoding": st.sampled_from(["chunked", "gzip", "chunked, chunked"]),
        "Set-Cookie": ODD_TEXTS.map("a=b; expires={0}; max-age={0}; domain={0}".format),
        "Connection": ODD_TEXTS,
    },
)
STATUSES = [200, 203, 204, 206, 301, 302, 303, 304, 307, 308, 404, 429, 503, 599, 999]


@settings(max_examples=examples(150), deadline=None)
@given(
    status=st.sampled_from(STATUSES), headers=HEADERS, charset=st.sampled_from(["utf-8", "latin-1"])
)
def test_every_answer_is_a_body_or_a_sentence(
    server: Raw, status: int, headers: dict[str, str], charset: str
) -> None:
    """Its headers are whatever bytes they are; what was archived is asked for again."""
    lines = [f"HTTP/1.1 {status} Odd", *(f"{name}: {text}" for name, text in headers.items())]
    head = "\r\n".join(line.replace("\r", "").replace("\n", "") for line in lines)
    server.answer = head.encode(charset, "replace") + b"\r\n\r\n" + CSV
    lake = MemoryStore()
    first = outcome(server, lake)
    assert "was still being asked by others" not in first
    if not first:
        server.answer = b"HTTP/1.1 200 OK\r\n\r\n" + CSV
        assert outcome(server, lake) == ""


@pytest.mark.parametrize("host", ["a" * 64 + ".example", "a..b", "xn--a"])
def test_a_redirect_to_no_host_is_refused_once(server: Raw, host: str) -> None:
    """A retry would be sent to the same place."""
    server.answer = f"HTTP/1.1 302 Found\r\nLocation: http://{host}/a\r\n\r\n".encode()
    assert "no answer (" in outcome(server, MemoryStore())


@pytest.mark.parametrize("host", ["a" * 64 + ".example", "a..b", "xn--a", "xn--0.example"])
def test_an_address_that_names_no_host_is_refused(host: str) -> None:
    """Set by hand, it fails in words too."""
    with pytest.raises(VaxwatchError, match="no answer"):
        fetch(SMALL, at=AT, url=f"http://{host}/a.csv", fetch_policy=IMPATIENT)
