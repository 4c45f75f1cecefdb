"""The pages of a rendered site in Chromium: opened from the folder, with the network off."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from playwright.sync_api import Browser, ConsoleMessage, Page, Request

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
