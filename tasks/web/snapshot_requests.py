"""
Asking: the requests of one snapshot, each with its evidence, and none for what we have already.

Promises: what the publisher says has not changed is not sent again, and comes from our archive with
its hash checked; a publisher who says so of something that we no longer have, or never asked about,
is asked again for the whole. A request that failed leaves its evidence as well.
"""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import httpx

from schemas.errors import BadBody, FetchFailed, FetchRefused
from schemas.limits import REQUESTS_AT_MOST
from tasks.formats.sniffing import kind_of
from tasks.web.download import Answer, Line, request
from tasks.web.fetch_policy import RequestOptions
from tasks.web.http_status import NOT_MODIFIED, evidence_of, shown

KEPT_HEADERS = (
    "age",
    "cache-control",
    "content-disposition",
    "content-encoding",
    "content-length",
    "content-type",
    "date",
    "etag",
    "last-modified",
    "retry-after",
    "server",
)
VALIDATORS = {"etag": "If-None-Match", "last-modified": "If-Modified-Since"}


@dataclass(frozen=True, kw_only=True, slots=True)
class CachedResponse:
    """
    What we know of an address from the last time.

    `validators`: its etag and last-modified, where it told them. `final_url`: the address that
    answered. `snapshot`: the id under which the body came. `body`: returns it, None when it is gone
    or damaged.
    """

    validators: Mapping[str, str]
    final_url: str
    sha256: str
    snapshot: str
    body: Callable[[], bytes | None]


CacheLookup = Callable[[str], CachedResponse | None]
"""Says what we know of an address, as it may be shown."""


def nothing_known(_url: str) -> None:
    """Remember nothing: every address is asked for its whole body."""


class Asking:
    """
    An `Ask`: one polite request after the other, on one open line.

    `told` has the evidence of each request, in order: method, requested_url, final_url, redirects,
    status, headers (those that say something about the body), tries, started_seconds after the
    first began, elapsed_seconds, sha256 and bytes of the body as it came out of the encoding for
    the way, sniffed (what its first bytes are, whatever the headers say); with status 304 also
    unchanged_since, the id of the snapshot with which the body came. Of one that failed: method,
    requested_url, fault (the sentence), and what there is of the answer. `had`: the bodies that
    came, by sha256.
    """

    def __init__(self, line: Line, recall: CacheLookup = nothing_known) -> None:
        self.told: list[dict[str, Any]] = []
        self.had: dict[str, bytes] = {}
        self._line, self._recall = line, recall
        self._began, self._bytes = time.monotonic(), 0
        self._until = self._began + line.fetch_policy.whole

    def __call__(
        self, url: str, *, headers: Mapping[str, str] | None = None, json: Any = None
    ) -> bytes:
        """
        Return the body of the answer: to a GET, or to a POST of `json` where that is given.

        Raises:
            FetchFailed: No whole answer, or no time left for this snapshot; a later try may work.
            FetchRefused: An answer that will not change, or more requests than a snapshot needs.
            BadBody: More bytes than we take, over all requests.
        """
        if time.monotonic() > self._until:
            raise self._late(url, f"not asked after {len(self.told)} others")
        if len(self.told) >= REQUESTS_AT_MOST:
            raise FetchRefused(
                shown(url), f"more than {REQUESTS_AT_MOST} requests for one snapshot"
            )
        wish = RequestOptions(headers=headers or {}, json=json)
        known = self._recall(shown(url)) if json is None and not headers else None
        body = self._unchanged(url, known) if known else None
        return self._whole(url, wish) if body is None else body

    def _unchanged(self, url: str, known: CachedResponse) -> bytes | None:
        """Ask whether an address serves what we know; return the body, None to ask once more."""
        asked = {VALIDATORS[name]: value for name, value in known.validators.items()}
        began = time.monotonic()
        answer = self._received(url, RequestOptions(headers=asked))
        if answer.response.status_code != NOT_MODIFIED:
            self._tell(url, answer, "GET", began=began)
            return answer.content
        body = known.body() if shown(str(answer.response.url)) == known.final_url else None
        if body is None:
            return None
        self._tell(url, replace(answer, content=body, sha256=known.sha256), "GET", began=began)
        evidence = self.told[-1]
        evidence["headers"] = {**known.validators, **evidence["headers"]}
        evidence["unchanged_since"] = known.snapshot
        return body

    def _whole(self, url: str, wish: RequestOptions) -> bytes:
        began = time.monotonic()
        answer = self._received(url, wish)
        self._tell(url, answer, wish.method, began=began)
        return answer.content

    def _received(self, url: str, wish: RequestOptions) -> Answer:
        try:
            answer = request(self._line, url, wish=wish, until=self._until)
            self._bytes += len(answer.content)
            if self._bytes > self._line.fetch_policy.largest:
                raise self._too_much(url)
        except (FetchFailed, FetchRefused, BadBody) as error:
            self.told.append(_failed(url, wish.method, error))
            if isinstance(error, FetchFailed) and time.monotonic() > self._until:
                raise self._late(url, error.seen) from error
            raise
        return answer

    def _late(self, url: str, seen: str) -> FetchFailed:
        patience = f"our patience for one snapshot ({self._line.fetch_policy.whole:,} s) ended"
        return FetchFailed(shown(url), f"{seen}; {patience}")

    def _too_much(self, url: str) -> BadBody:
        seen = (
            f"more than {self._line.fetch_policy.largest:,} bytes in {len(self.told) + 1} answers"
        )
        next_step = "Nothing of it was kept. Look what the page asks for."
        return BadBody(shown(url), seen, "the tables of one dashboard", next_step)

    def _tell(self, url: str, answer: Answer, method: str, *, began: float) -> None:
        self.had[answer.sha256] = answer.content
        self.told.append(
            {
                "method": method,
                **evidence_of(url, answer.response, answer.tries, headers=KEPT_HEADERS),
                "started_seconds": round(began - self._began, 3),
                "elapsed_seconds": round(time.monotonic() - began, 3),
                "sha256": answer.sha256,
                "bytes": len(answer.content),
                "sniffed": kind_of(answer.content),
            }
        )


def _failed(url: str, method: str, error: Exception) -> dict[str, Any]:
    """Return the evidence of a request that failed."""
    told = {"method": method, "requested_url": shown(url), "fault": str(error)}
    cause = error.__cause__
    if not isinstance(cause, httpx.HTTPStatusError):
        return told
    answer = evidence_of(url, cause.response, 1, headers=KEPT_HEADERS)
    return told | {name: answer[name] for name in ("final_url", "redirects", "status", "headers")}
