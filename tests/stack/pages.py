"""A page of a server on loopback in a real Chromium, which reaches that server and nothing else."""

import io
import json
import shutil
import socket
import subprocess
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from PIL import Image

from tests.browser.chromium import FLAGS, asked_by_page

PATIENCE = 180
"""Seconds until a browser that does not end has failed."""


@dataclass(frozen=True, kw_only=True)
class Seen:
    """A page as it was shown: its HTML, its pixels, and the addresses of other hosts it asked."""

    dom: str
    picture: Image.Image
    outside: list[str]


def seen(url: str, room: Path, *, program: str, size: tuple[int, int], settle: float = 30) -> Seen:
    """Return a page after it had time to settle.

    Args:
        url: Its address on loopback.
        room: An empty folder.
        program: The Chromium.
        size: Width and height of the window in pixels.
        settle: Seconds of the browser's own time for scripts and answers.
    """
    home, picture, log = urlsplit(url).netloc, room / "picture.png", room / "network.json"
    shutil.rmtree(room / "profile", ignore_errors=True)
    with socket.socket() as refusing:  # bound, never listening: whatever goes to it is refused
        refusing.bind(("127.0.0.1", 0))
        ways = [
            f"--proxy-server=http://127.0.0.1:{refusing.getsockname()[1]}",
            f"--proxy-bypass-list=<-loopback>;{home}",
        ]
        done = subprocess.run(
            [
                *(program, *(one for one in FLAGS if not one.startswith("--proxy-")), *ways),
                *(f"--user-data-dir={room / 'profile'}", f"--log-net-log={log}"),
                *(f"--window-size={size[0]},{size[1]}", f"--virtual-time-budget={settle * 1000:g}"),
                *(f"--screenshot={picture}", "--dump-dom", url),
            ],
            capture_output=True,
            check=False,
            text=True,
            timeout=PATIENCE,
        )
    assert done.returncode == 0, done.stderr
    asked = asked_by_page(json.loads(log.read_text()))
    return Seen(
        dom=done.stdout,
        picture=Image.open(io.BytesIO(picture.read_bytes())).convert("RGB"),
        outside=[one for one in asked if urlsplit(one).netloc != home],
    )
