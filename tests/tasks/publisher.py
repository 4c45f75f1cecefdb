"""A source of which nothing is read, and servers that misbehave: for the tests of fetching."""

import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import polars as pl
from werkzeug import Request, Response

from schemas.columns import Always, Columns, From
from schemas.source import Bodies, Schedule, Source
from tasks.formats.delimited import read_csv
from tasks.web.download import FetchPolicy

AT = datetime(2022, 2, 10, 6, 0, 0, 123456, tzinfo=UTC)
BRISK = FetchPolicy(attempts=3, patience=0.01, timeout=5)
CSV = b"iso3,doses\nPRK,8115600\n"
KEY: Columns = {
    "iso3": From(("iso3",)),
    "product": Always("unspecified"),
    "mechanism": Always("unspecified"),
}
Handler = Callable[[Request], Response]


def nothing(_: Bodies) -> dict[str, pl.DataFrame]:
    """Read nothing."""
    return {}


SMALL = Source(
    name="small",
    title="Small",
    shown_by="Nobody's page",
    publisher="Nobody",
    url="http://127.0.0.1:9/none.csv",
    licence="none",
    attribution="Nobody",
    cadence=timedelta(days=1),
    schedule=Schedule(cron="7 7 * * *", timezone="UTC"),
    parse=nothing,
    tables={},
)
"""Its own address is one that nobody answers."""


def whole(bodies: Bodies) -> dict[str, pl.DataFrame]:
    """Read one table as two."""
    frame = read_csv(bodies["main"], where="doses")
    return {"allocations": frame, "deliveries": frame}


DOSES = replace(
    SMALL,
    name="doses",
    parse=whole,
    tables={
        "allocations": {**KEY, "doses_allocated": From(("doses",))},
        "deliveries": {**KEY, "doses_delivered": From(("doses",))},
    },
)
"""It publishes one file with the columns iso3 and doses, of which two tables are made."""

FORECASTS = replace(
    DOSES,
    tables={
        "allocations": {
            **KEY,
            "doses_announced": From(("forecast",), optional=True),
            "doses_allocated": From(("doses", "total doses"), blanks=("NA",)),
        }
    },
)
"""It reads `doses` under two names, and `forecast` where that is there."""


def unchanging(body: bytes, *, etag: str = '"1"', is_repeated: bool = True) -> Handler:
    """Serve a body with an etag, and 304 to who has it; `is_repeated`: with the etag in it."""

    def answer(request: Request) -> Response:
        if request.headers.get("If-None-Match") == etag:
            return Response(status=304, headers={"ETag": etag} if is_repeated else {})
        return Response(body, headers={"ETag": etag})

    return answer


def cut(body: bytes, *, announced: int) -> Handler:
    """Announce more bytes than are sent."""

    def answer(_: Request) -> Response:
        response = Response(body)
        response.automatically_set_content_length = False
        response.headers["Content-Length"] = str(announced)
        return response

    return answer


def endless(chunk: bytes, *, seconds: float = 0.0, **how: object) -> Handler:
    """Send the same bytes again and again, so many seconds apart, until nobody reads them."""

    def chunks() -> Iterator[bytes]:
        for _ in range(100_000):
            yield chunk
            time.sleep(seconds)

    return lambda _: Response(chunks(), **how)  # pyright: ignore[reportArgumentType]


@contextmanager
def trickle(head: bytes, *, between: Callable[[], object]) -> Iterator[str]:
    """Answer each connection with one byte of `head` at a time, and a call before each."""
    over = threading.Event()

    def serve(listening: socket.socket) -> None:
        while not over.is_set():
            try:
                connection, _ = listening.accept()
            except OSError:
                return
            with connection:
                connection.recv(65536)
                for byte in head:
                    if over.is_set():
                        return
                    between()
                    try:
                        connection.sendall(bytes([byte]))
                    except OSError:
                        break

    with socket.create_server(("127.0.0.1", 0)) as listening:
        listening.settimeout(5)
        thread = threading.Thread(target=serve, args=(listening,))
        thread.start()
        try:
            yield f"http://127.0.0.1:{listening.getsockname()[1]}/a.csv"
        finally:
            over.set()
            with suppress(OSError):
                listening.shutdown(socket.SHUT_RDWR)  # ends the wait for a connection
            listening.close()
            thread.join()
