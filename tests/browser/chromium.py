"""A page in a real Chromium, with every request that it makes.

The browser gets a fresh profile and one proxy: ours, which answers for the pages under HOME out of
a folder and refuses everything else, so that nothing leaves the machine. What a page asks for, and
not the browser for itself, is read in the browser's own log of the network.
"""

import io
import json
import os
import shutil
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from mimetypes import guess_type
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urljoin, urlsplit

from PIL import Image

HOME = "http://lake.test"
NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-default-apps",
    "--disable-domain-reliability",
    "--disable-dev-shm-usage",
    "--hide-scrollbars",
    "--proxy-bypass-list=<-loopback>",
)
DARK = "--blink-settings=preferredColorScheme=0"
NOBODY = "not an origin"
PATIENCE = 120
"""Seconds until a browser that says nothing has failed."""


def program() -> str | None:
    """Return where a Chromium is: VAXWATCH_CHROMIUM, else the first on the PATH; None without."""
    named = os.environ.get("VAXWATCH_CHROMIUM")
    names = (named,) if named else NAMES
    return next((path for name in names if (path := shutil.which(name))), None)


@dataclass(frozen=True, kw_only=True)
class Shown:
    """A page as it was shown.

    `dom`: its HTML. `picture`: its pixels. `inside`, `outside`: what the page asked of the lake's
    own address, and of any other.
    """

    dom: str
    picture: Image.Image
    inside: list[str]
    outside: list[str]


@dataclass(frozen=True)
class Browser:
    """A Chromium that sees one folder, as HOME, and nothing else of the world."""

    program: str
    room: Path
    port: int

    def show(
        self, page: str, *, width: int = 1100, height: int = 1400, dark: bool = False
    ) -> Shown:
        """Return a page of the folder, or of any address, at a width and a height in pixels."""
        picture = self.room / "picture.png"
        options = [f"--window-size={width},{height}", *([DARK] if dark else [])]
        dom, asked = self._run(page, *options, f"--screenshot={picture}", "--dump-dom")
        return Shown(
            dom=dom,
            picture=Image.open(io.BytesIO(picture.read_bytes())).convert("RGB"),
            inside=[url for url in asked if url.startswith(f"{HOME}/")],
            outside=[url for url in asked if not url.startswith(f"{HOME}/")],
        )

    def _run(self, page: str, *flags: str) -> tuple[str, list[str]]:
        """Return what the browser says of a page, and what the page asked for."""
        profile, log = self.room / "profile", self.room / "network.json"
        shutil.rmtree(profile, ignore_errors=True)
        log.unlink(missing_ok=True)
        own = [f"--proxy-server=http://127.0.0.1:{self.port}", f"--user-data-dir={profile}"]
        done = subprocess.run(
            [self.program, *FLAGS, *own, f"--log-net-log={log}", *flags, urljoin(f"{HOME}/", page)],
            capture_output=True,
            check=False,
            text=True,
            timeout=PATIENCE,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout, asked_by_page(json.loads(log.read_text()))


def asked_by_page(log: dict[str, Any]) -> list[str]:
    """Return the addresses that a page asked for, from a log of the network.

    What the browser asks for itself has no origin.
    """
    parameters = (event.get("params", {}) for event in log["events"])
    return [
        one["url"] for one in parameters if "url" in one and one.get("initiator", NOBODY) != NOBODY
    ]


@contextmanager
def browsing(folder: Path, room: Path, *, at: str) -> Iterator[Browser]:
    """Yield a browser to which `folder` is HOME; `at`: the program; `room`: an empty folder."""
    with ThreadingHTTPServer(("127.0.0.1", 0), _handler(folder)) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            yield Browser(program=at, room=room, port=server.server_port)
        finally:
            server.shutdown()
            thread.join()


def _handler(folder: Path) -> type[BaseHTTPRequestHandler]:
    """Return a handler that is a proxy with one site behind it."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            url = urlsplit(self.path)
            wanted = folder / unquote(url.path).lstrip("/")
            if f"{url.scheme}://{url.netloc}" == HOME and wanted.is_file():
                self._answer(200, wanted.read_bytes(), guess_type(wanted.name)[0] or "")
            else:
                self._answer(404, b"", "text/plain")

        def do_CONNECT(self) -> None:
            self.send_error(502)

        def _answer(self, status: int, body: bytes, kind: str) -> None:
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 (its name for it)
            """Say nothing."""

    return Handler
