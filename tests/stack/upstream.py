"""A publisher and a receiver of alerts on loopback: a page that changes, and an inbox."""

import hashlib
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

SOURCE = "unicef_market"
COUNTRIES = (
    *("AFG", "BDI", "BEN", "BFA", "BGD", "CAF", "CMR", "COD", "ETH", "GHA", "GIN", "GMB", "HTI"),
    *("KEN", "KHM", "LAO", "LBR", "LSO", "MDG", "MLI", "MMR", "MOZ", "MRT", "MWI", "NER", "NGA"),
    *("NPL", "PAK", "PRK", "RWA", "SDN", "SEN", "SLE", "SOM", "SSD", "TCD", "TGO", "TZA", "UGA"),
)
"""A new version cuts the doses of one of them, so that each version is worth one alert."""
FULL = 8_000_000
PAGE, INBOX = f"/{SOURCE}.csv", "/inbox"


def version(number: int) -> bytes:
    """Return what the page shows in its version of a number: one row for each country.

    >>> version(0) == version(0), version(0) == version(1)
    (True, False)
    """
    cuts = [number // len(COUNTRIES) + (place < number % len(COUNTRIES)) for place in _PLACES]
    rows = [
        f"{iso3},AstraZeneca,{FULL >> cut}\n" for iso3, cut in zip(COUNTRIES, cuts, strict=True)
    ]
    return ("Recipient ISO,Vaccine Name,Doses Allocated\n" + "".join(rows)).encode()


_PLACES = range(len(COUNTRIES))


@dataclass(frozen=True)
class Message:
    """One POST to the inbox: its idempotency key, and what it holds."""

    key: str
    body: dict[str, Any]


@dataclass
class Upstream:
    """What the page shows now, what was asked of it, and what the inbox has.

    `number`: of the version that is shown. `sent`: the version of each answer with bytes, in order.
    `is_away`: whether every request is answered with 503.
    """

    port: int
    number: int = 0
    is_away: bool = False
    sent: list[int] = field(default_factory=list[int])
    messages: list[Message] = field(default_factory=list[Message])
    lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def page(self) -> str:
        """The address of the page."""
        return f"http://127.0.0.1:{self.port}{PAGE}"

    @property
    def inbox(self) -> str:
        """The address of the inbox, as a target for CloudEvents."""
        return f"cloudevents+http://127.0.0.1:{self.port}{INBOX}"

    def publish(self) -> int:
        """Show the next version; return its number."""
        with self.lock:
            self.number += 1
            return self.number

    def shas(self) -> dict[str, int]:
        """Return the sha256 of each version that was shown so far, with its number."""
        return {hashlib.sha256(version(one)).hexdigest(): one for one in range(self.number + 1)}


@contextmanager
def upstream(port: int = 0) -> Iterator[Upstream]:
    """Yield a publisher that answers in this process until the end of the context."""
    with ThreadingHTTPServer(("127.0.0.1", port), Handler) as server:
        server.daemon_threads = True
        Handler.upstreams[server.server_port] = shown = Upstream(server.server_port)
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            yield shown
        finally:
            server.shutdown()
            thread.join()
            del Handler.upstreams[server.server_port]


class Handler(BaseHTTPRequestHandler):
    """Answers for every upstream of this process; which one, its port decides."""

    upstreams: dict[int, Upstream] = {}  # noqa: RUF012 (the server makes the handlers)

    @property
    def shown(self) -> Upstream:
        """The upstream that is asked."""
        return self.upstreams[int(self.server.server_address[1])]  # pyright: ignore[reportIndexIssue]

    def do_GET(self) -> None:
        """Send the present version, or 304 to whoever has it."""
        with self.shown.lock:
            number, is_away = self.shown.number, self.shown.is_away
        etag = f'"{number}"'
        if is_away or self.path != PAGE:
            self.answer(HTTPStatus.SERVICE_UNAVAILABLE if is_away else HTTPStatus.NOT_FOUND)
        elif self.headers.get("If-None-Match") == etag:
            self.answer(HTTPStatus.NOT_MODIFIED, etag=etag)
        else:
            with self.shown.lock:
                self.shown.sent.append(number)
            self.answer(HTTPStatus.OK, version(number), etag=etag)

    def do_POST(self) -> None:
        """Take a message."""
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        if self.path != INBOX or self.shown.is_away:
            self.answer(HTTPStatus.SERVICE_UNAVAILABLE)
            return
        message = Message(self.headers.get("Idempotency-Key", ""), json.loads(body))
        with self.shown.lock:
            self.shown.messages.append(message)
        self.answer(HTTPStatus.NO_CONTENT)

    def answer(self, status: HTTPStatus, body: bytes = b"", *, etag: str = "") -> None:
        """Send one answer."""
        self.send_response(status)
        if etag:
            self.send_header("ETag", etag)
        if body:
            self.send_header("Content-Type", "text/csv")
        if status is not HTTPStatus.NO_CONTENT and status is not HTTPStatus.NOT_MODIFIED:
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 (its name for it)
        """Keep quiet: the tests read what was asked from `sent` and `messages`."""
