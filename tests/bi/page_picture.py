"""A picture of a page that needs a login: Chromium, driven by its DevTools protocol."""

import base64
import json
import subprocess
import tempfile
import time
from itertools import count
from pathlib import Path
from typing import Any

import httpx
from websockets.sync.client import connect
from websockets.sync.connection import Connection

PATIENCE = 300
FLAGS = (
    *("--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", "--no-first-run"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
    *("--remote-debugging-port=0", "--remote-debugging-address=127.0.0.1"),
)


def take_picture(
    program: str, address: str, *, cookies: dict[str, str], size: tuple[int, int], ready: str
) -> bytes:
    """Return a PNG of a page once the JavaScript expression `ready` is true there.

    Raises TimeoutError where it does not get so.
    """
    with tempfile.TemporaryDirectory() as folder:
        window = f"--window-size={size[0]},{size[1]}"
        browser = subprocess.Popen(
            [program, *FLAGS, window, f"--user-data-dir={folder}", "about:blank"],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        try:
            with connect(_page(Path(folder)), max_size=1 << 26) as socket:
                return _picture(socket, address, cookies, ready)
        finally:
            browser.terminate()
            browser.wait(timeout=PATIENCE)


def _picture(socket: Connection, address: str, cookies: dict[str, str], ready: str) -> bytes:
    numbers = count(1)

    def call(method: str, **params: Any) -> dict[str, Any]:
        number = next(numbers)
        socket.send(json.dumps({"id": number, "method": method, "params": params}))
        while True:
            answer = json.loads(socket.recv(timeout=PATIENCE))
            if answer.get("id") == number:
                return answer.get("result", {})

    for name, value in cookies.items():
        call("Network.setCookie", name=name, value=value, url=address)
    call("Page.navigate", url=address)
    until = time.monotonic() + PATIENCE
    while not call("Runtime.evaluate", expression=ready).get("result", {}).get("value"):
        if time.monotonic() > until:
            raise TimeoutError(f"{address} was not ready within {PATIENCE} seconds: {ready}")
        time.sleep(1)
    time.sleep(3)  # charts are drawn with a short animation
    return base64.b64decode(call("Page.captureScreenshot", format="png")["data"])


def _page(folder: Path) -> str:
    """Return the address of the browser's page for DevTools, once it is up."""
    until, noted = time.monotonic() + PATIENCE, folder / "DevToolsActivePort"
    while not (noted.is_file() and noted.read_text().strip()):
        if time.monotonic() > until:
            raise TimeoutError("Chromium did not start.")
        time.sleep(0.2)
    port = noted.read_text().split()[0]
    pages = httpx.get(f"http://127.0.0.1:{port}/json", timeout=60).json()
    return next(one["webSocketDebuggerUrl"] for one in pages if one["type"] == "page")
