"""A local server that answers as a web archive does: its list of captures, and the captures."""

import json
import re
from collections.abc import Callable
from datetime import UTC, datetime
from urllib.parse import quote_plus, unquote_plus

from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from schemas.records import Fetched
from tasks.origins import plan
from tasks.origins.candidates import Candidate
from tasks.origins.wayback import sha1
from tasks.origins.web_archive import Archive
from tasks.vault.backends.memory_store import MemoryStore
from tasks.web.download import FetchPolicy
from tasks.web.transport import Hosts
from tests.tasks.origins.allocated import SOURCE

FIELDS = ("urlkey", "timestamp", "original", "mimetype", "statuscode", "digest", "length")
PAGE = SOURCE.url
FIRST, SECOND, THIRD = "20220201060000", "20220210060000", "20220222060000"
OFFLINE = b"<!DOCTYPE html>\n<title>Internet Archive: Temporarily Offline</title>\n"


def instant(timestamp: str) -> datetime:
    """Return the instant of a capture."""
    return datetime.strptime(timestamp, "%Y%m%d%H%M%S").replace(tzinfo=UTC)


class WebArchive:
    """The server, and the captures it has by timestamp.

    `lost`: captures that are listed, but cannot be played any more. `first`: answers that come
    before any other, `instead`: what comes instead of a capture.
    """

    def __init__(self, server: HTTPServer) -> None:
        self.server = server
        self.rows: list[dict[str, str]] = []
        self.bodies: dict[str, bytes] = {}
        self.lost: set[str] = set()
        self.first: list[Response] = []
        self.instead: dict[str, Callable[[], Response]] = {}
        server.expect_request("/cdx/search/cdx").respond_with_handler(self._list)
        server.expect_request(re.compile("/web/.*")).respond_with_handler(self._play)

    @property
    def archive(self) -> Archive:
        """The archive as a backfill is configured with it, without long waits."""
        fetch_policy = FetchPolicy(attempts=3, patience=0.01, timeout=5, hosts=Hosts(pause=0))
        return Archive(host=self.server.url_for("").rstrip("/"), fetch_policy=fetch_policy, page=2)

    @property
    def asked(self) -> list[str]:
        """The paths that were asked for, in order."""
        return [request.path for request, _ in self.server.log]

    @property
    def played(self) -> list[str]:
        """The timestamps of the captures that were asked for, in order."""
        found = [re.match(r"/web/(\d+)", path) for path in self.asked]
        return [one[1] for one in found if one]

    def capture(self, timestamp: str, body: bytes, **fields: str) -> None:
        """Add a capture; `fields`: fields of its row that replace the defaults."""
        row = dict.fromkeys(FIELDS, "-") | {
            "timestamp": timestamp,
            "original": PAGE,
            "mimetype": "text/csv",
            "statuscode": "200",
            "digest": sha1(body),
        }
        self.rows.append(row | fields)
        self.bodies[timestamp] = body

    def revisit(self, timestamp: str, body: bytes) -> None:
        """Add a capture that only says "as before"."""
        self.capture(timestamp, body, mimetype="warc/revisit", statuscode="-")

    def _list(self, request: Request) -> Response:
        if self.first:
            return self.first.pop(0)
        asked = request.args
        after = unquote_plus(asked.get("resumeKey", "")).partition(" ")[2]
        since, until = asked.get("from", "0"), asked.get("to", "9")
        rows = [row for row in self.rows if since <= row["timestamp"] <= until]
        rest = [row for row in rows if row["timestamp"] > after]
        limit, names = int(asked["limit"]), asked["fl"].split(",")
        lines = [[row[name] for name in names] for row in rest[:limit]]
        if len(rest) > limit:
            lines += [[], [quote_plus(f"org,example)/a,b+c {rest[limit - 1]['timestamp']}")]]
        return Response(json.dumps([names, *lines] if lines else []), mimetype="application/json")

    def _play(self, request: Request) -> Response:
        if self.first:
            return self.first.pop(0)
        timestamp = request.path[5:19]
        assert request.path[19:23] == "id_/"
        if timestamp in self.instead:
            return self.instead[timestamp]()
        if timestamp in self.lost:
            near = min(
                self.bodies.keys() - self.lost, key=lambda one: abs(int(one) - int(timestamp))
            )
            return Response(status=302, headers={"location": f"/web/{near}id_/{PAGE}"})
        headers = {"memento-datetime": instant(timestamp).strftime("%a, %d %b %Y %H:%M:%S GMT")}
        return Response(self.bodies[timestamp], headers=headers, mimetype="text/csv")


def offered(web: WebArchive, store: MemoryStore | None = None, **when: datetime) -> list[Candidate]:
    """Return what the archive offers of the page."""
    return plan(SOURCE.name, f"wayback:{PAGE}", store=store, archive=web.archive, **when)


def brought(candidate: Candidate) -> Fetched:
    """Return a candidate with its bytes."""
    return candidate.bring(SOURCE, MemoryStore())


def kinds(candidates: list[Candidate]) -> list[str]:
    """Return the timestamps of candidates."""
    return [f"{one.retrieved_at:%Y%m%d%H%M%S}" for one in candidates]
