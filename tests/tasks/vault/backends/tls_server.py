"""A small S3 server over TLS, which treats uploads in frames (aws-chunked) as servers do.

It knows what a lake asks for: conditional puts, gets, heads, deletes and listings of one bucket.
"""

import hashlib
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal
from xml.sax.saxutils import escape

from werkzeug.http import http_date
from werkzeug.serving import make_server, make_ssl_devcert
from werkzeug.wrappers import Request, Response

Frames = Literal["unpacked", "refused", "stored"]
"""What the server does with uploads in frames: unpack or refuse them, store them as they come."""
FRAME = re.compile(rb"([0-9a-fA-F]+)(?:;[^\r\n]*)?\r\n")


@dataclass
class S3Server:
    """The server of bucket `lakes`.

    `address`: https://…; `certificate`: the file that vouches for it. `is_conditional`: whether it
    heeds If-Match and If-None-Match. `framed`: how many uploads came in frames.
    """

    frames: Frames
    is_conditional: bool = True
    address: str = ""
    certificate: Path = Path()
    framed: int = 0
    objects: dict[str, bytes] = field(default_factory=dict[str, bytes])
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def answer(self, request: Request) -> Response:
        """Answer one request."""
        _, _, key = request.path.lstrip("/").partition("/")
        with self._lock:
            if request.method == "PUT":
                return self._put(request, key)
            if request.method == "DELETE":
                self.objects.pop(key, None)
                return Response(status=204)
            if not key:
                return self._listing(request.args.get("prefix", ""))
            if key not in self.objects:
                return _fault(404, "NoSuchKey")
            answer = Response(self.objects[key], mimetype="application/octet-stream")
            answer.headers |= {"ETag": _tag(self.objects[key]), "Last-Modified": _now()}
            return answer

    def _put(self, request: Request, key: str) -> Response:
        body, there = request.get_data(), self.objects.get(key)
        if "aws-chunked" in request.headers.get("Content-Encoding", ""):
            self.framed += 1
            if self.frames == "refused":
                return _fault(501, "NotImplemented")
            body = _without_frames(body) if self.frames == "unpacked" else body
        if self.is_conditional and (
            (request.headers.get("If-None-Match") == "*" and there is not None)
            or (request.headers.get("If-Match", _tag(there or b"")) != _tag(there or b""))
        ):
            return _fault(412, "PreconditionFailed")
        self.objects[key] = body
        return Response(status=200, headers={"ETag": _tag(body)})

    def _listing(self, prefix: str) -> Response:
        found = "".join(
            f"<Contents><Key>{escape(key)}</Key><Size>{len(body)}</Size></Contents>"
            for key, body in sorted(self.objects.items())
            if key.startswith(prefix)
        )
        text = f"<ListBucketResult><IsTruncated>false</IsTruncated>{found}</ListBucketResult>"
        return Response(text, mimetype="application/xml")


@contextmanager
def tls_server(folder: Path, frames: Frames, *, is_conditional: bool = True) -> Iterator[S3Server]:
    """Run a server while the context lasts; `folder`: where its certificate is written."""
    state = S3Server(frames=frames, is_conditional=is_conditional)
    certificate, key = make_ssl_devcert(str(folder / "tls"), host="localhost")
    server = make_server(
        "localhost",
        0,
        Request.application(state.answer),
        threaded=True,
        ssl_context=(certificate, key),
    )
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    state.address, state.certificate = f"https://localhost:{server.server_port}", Path(certificate)
    try:
        yield state
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def _without_frames(body: bytes) -> bytes:
    """Return what is in the frames: each a length in hexadecimal, a line break, its bytes."""
    content, place = b"", 0
    while head := FRAME.match(body, place):
        size = int(head[1], 16)
        if not size:
            break
        content += body[head.end() : head.end() + size]
        place = head.end() + size + 2
    return content


def _tag(body: bytes) -> str:
    return f'"{hashlib.md5(body, usedforsecurity=False).hexdigest()}"'


def _now() -> str:
    return http_date(datetime.now(UTC))


def _fault(status: int, code: str) -> Response:
    text = f"<Error><Code>{code}</Code><Message>{code}</Message></Error>"
    return Response(text, status=status, mimetype="application/xml")
