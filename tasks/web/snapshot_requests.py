"""The requests of one snapshot, each with its evidence."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import httpx

from schemas.errors import BadBody, FetchFailed, FetchRefused
from schemas.limits import REQUESTS_AT_MOST
from tasks.formats.sniffing import kind_of
from tasks.web.download import Download, RequestOptions, Session, request
from tasks.web.http_status import NOT_MODIFIED, evidence_of, shown

EVIDENCE_HEADERS = (
    *("age", "cache-control", "content-disposition", "content-encoding", "content-length"),
    *("content-type", "date", "etag", "last-modified", "retry-after", "server"),
)
VALIDATORS = {"etag": "If-None-Match", "last-modified": "If-Modified-Since"}


@dataclass(frozen=True, kw_only=True, slots=True)
class CachedResponse:
    """The last response of an address.

    `validators`: its etag and last-modified, where present. `final_url`: the address that
    responded. `snapshot`: the id of the snapshot with the body. `body`: returns the body, None when
    it is gone or damaged.
    """

    validators: Mapping[str, str]
    final_url: str
    sha256: str
    snapshot: str
    body: Callable[[], bytes | None]


CacheLookup = Callable[[str], CachedResponse | None]
"""Returns the last response of an address (without password), None where there is none."""


class SnapshotRequests:
    """An `Ask`: sends the requests of one snapshot in one session.

    `evidence` has one entry per request, in order: method, requested_url, final_url, redirects,
    status, headers (those about the body), tries, started_seconds after the first, elapsed_seconds,
    sha256 and bytes of the decoded body, sniffed (its kind by its first bytes); with status 304
    also unchanged_since, the id of the snapshot with the body. After a failure: method,
    requested_url, fault (the sentence), and what is known of the response. `contents`: the bodies
    received, by sha256.
    """

    def __init__(self, session: Session, cached: CacheLookup) -> None:
        self.evidence: list[dict[str, Any]] = []
        self.contents: dict[str, bytes] = {}
        self._session, self._cached = session, cached
        self._clock = session.fetch_policy.clock
        self._began, self._bytes = self._clock(), 0
        self._until = self._began + session.fetch_policy.whole

    def __call__(
        self, url: str, *, headers: Mapping[str, str] | None = None, json: Any = None
    ) -> bytes:
        """Return the body of the response to a GET, or to a POST of `json` where that is given.

        Raises as `request`; the limits of time, number and bytes are those of a snapshot.
        """
        if self._clock() > self._until:
            raise self._late(url, f"not asked after {len(self.evidence)} others")
        if len(self.evidence) >= REQUESTS_AT_MOST:
            seen = f"more than {REQUESTS_AT_MOST} requests for one snapshot"
            raise FetchRefused(shown(url), seen)
        options = RequestOptions(headers=headers or {}, json=json)
        known = self._cached(shown(url)) if json is None and not headers else None
        body = self._unchanged(url, known) if known else None
        if body is None:
            began = self._clock()
            download = self._fetched(url, options)
            self._record(url, download, options.method, began=began)
            body = download.content
        return body

    def _unchanged(self, url: str, known: CachedResponse) -> bytes | None:
        """Send a conditional request; return the body, None where it must be requested in full."""
        headers = {VALIDATORS[name]: value for name, value in known.validators.items()}
        began = self._clock()
        download = self._fetched(url, RequestOptions(headers=headers))
        if download.response.status_code != NOT_MODIFIED:
            self._record(url, download, "GET", began=began)
            return download.content
        body = known.body() if shown(str(download.response.url)) == known.final_url else None
        if body is None:
            return None
        self._record(url, replace(download, content=body, sha256=known.sha256), "GET", began=began)
        evidence = self.evidence[-1]
        evidence["headers"] = {**known.validators, **evidence["headers"]}
        evidence["unchanged_since"] = known.snapshot
        return body

    def _fetched(self, url: str, options: RequestOptions) -> Download:
        try:
            download = request(self._session, url, options=options, until=self._until)
            self._bytes += len(download.content)
            if self._bytes > self._session.fetch_policy.largest:
                raise self._too_much(url)
        except (FetchFailed, FetchRefused, BadBody) as error:
            self.evidence.append(_failed(url, options.method, error))
            if isinstance(error, FetchFailed) and self._clock() > self._until:
                raise self._late(url, error.seen) from error
            raise
        return download

    def _late(self, url: str, seen: str) -> FetchFailed:
        patience = f"our patience for one snapshot ({self._session.fetch_policy.whole:,} s) ended"
        return FetchFailed(shown(url), f"{seen}; {patience}")

    def _too_much(self, url: str) -> BadBody:
        largest, count = self._session.fetch_policy.largest, len(self.evidence) + 1
        seen = f"more than {largest:,} bytes in {count} answers"
        next_step = "Nothing of it was kept. Look what the page asks for."
        return BadBody(shown(url), seen, "the tables of one dashboard", next_step)

    def _record(self, url: str, download: Download, method: str, *, began: float) -> None:
        self.contents[download.sha256] = download.content
        self.evidence.append(
            {
                "method": method,
                **evidence_of(url, download.response, download.tries, headers=EVIDENCE_HEADERS),
                "started_seconds": round(began - self._began, 3),
                "elapsed_seconds": round(self._clock() - began, 3),
                "sha256": download.sha256,
                "bytes": len(download.content),
                "sniffed": kind_of(download.content),
            }
        )


def _failed(url: str, method: str, error: Exception) -> dict[str, Any]:
    evidence = {"method": method, "requested_url": shown(url), "fault": str(error)}
    cause = error.__cause__
    if not isinstance(cause, httpx.HTTPStatusError):
        return evidence
    response = evidence_of(url, cause.response, 1, headers=EVIDENCE_HEADERS)
    return evidence | {name: value for name, value in response.items() if name != "tries"}
