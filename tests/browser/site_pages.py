"""The pages of a rendered site in Chromium: opened from the folder, with the network off."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from playwright.sync_api import Browser, ConsoleMessage, Page, Request

KOREA = "country/PRK/index.html"
ALLOCATIONS = "table/unicef_market/allocations/index.html"
KINDS: Mapping[str, str] = {
    "front": "index.html",
    "countries": "countries/index.html",
    "country": KOREA,
    "country with few figures": "country/VEN/index.html",
    "country with cases": "country/UGA/index.html",
    "country with coverage": "country/TCD/index.html",
    "embed": "embed/PRK/allocation.html",
    "embed of tests": "embed/PRK/testing.html",
    "embed of a section": "embed/UGA/who_mpox-cases.html",
    "embed of years": "embed/TCD/unicef_wuenic-coverage-years.html",
    "tables": "tables/index.html",
    "table": ALLOCATIONS,
    "series": "table/who_searo_testing/tests/index.html",
    "table of years": "table/unicef_wuenic/coverage/index.html",
    "version": "table/unicef_market/allocations/20220210*.html",
    "source": "source/unicef_market/index.html",
    "alerts": "alerts/index.html",
    "alert": "alert/2*/index.html",
    "status": "status/index.html",
    "methods": "methods/index.html",
    "glossary": "glossary/index.html",
    "products": "products/index.html",
    "feeds": "feeds/index.html",
}
"""A page of each kind; `*` stands for what a version or an alert is called."""
PATIENCE = 60_000
"""Milliseconds that a step may take on a machine that others use."""


@dataclass
class Visit:
    """A page that is open. `faults`: errors on its console, and requests that left its folder."""

    page: "Page"
    site: Path
    faults: list[str] = field(default_factory=list[str])

    def open(self, name: str) -> None:
        """Open a page of the site."""
        self.page.goto(f"{self.site.as_uri()}/{name}")

    @property
    def place(self) -> str:
        """The address of the page below the site, with what follows the `#`."""
        return self.page.url.removeprefix(f"{self.site.as_uri()}/")

    def text(self, selector: str) -> str:
        """Return the text of an element, as it is shown."""
        return self.page.inner_text(selector)

    def note_request(self, request: "Request") -> None:
        """Note a request that leaves the folder."""
        if not request.url.startswith(self.site.as_uri()):
            self.faults.append(f"asked for {request.url}")

    def note_message(self, message: "ConsoleMessage") -> None:
        """Note what the console shows as an error or a warning."""
        if message.type in {"error", "warning"}:
            self.faults.append(f"{message.type}: {message.text}")


@contextmanager
def visiting(chrome: "Browser", site: Path, **how: Any) -> Iterator[Visit]:
    """Yield an empty page, with the network off; at its end nothing may have been wrong.

    `how`: options of the browser's context, e.g. viewport or color_scheme.
    """
    context = chrome.new_context(offline=True, locale="en-GB", **how)
    context.set_default_timeout(PATIENCE)
    visit = Visit(context.new_page(), site)
    visit.page.on("request", visit.note_request)
    visit.page.on("console", visit.note_message)
    visit.page.on("pageerror", lambda error: visit.faults.append(f"error: {error}"))
    yield visit
    context.close()
    assert visit.faults == []


def named(site: Path, kind: str) -> str:
    """Return the page of a kind."""
    found = sorted(path.relative_to(site).as_posix() for path in site.glob(KINDS[kind]))
    assert found, kind
    return found[0]
