"""Packed answers: every sound one is read, and none fills the memory or the time."""

import gzip
import zlib
from collections.abc import Callable
from pathlib import Path

import pytest
import zstandard
from hypothesis import given
from hypothesis import strategies as st
from pytest_httpserver import HTTPServer
from werkzeug import Response

from schemas.errors import BadBody, FetchFailed
from tasks.web.content_encoding import DAMAGE, DECODERS, STEP, decoded
from tasks.web.fetch import fetch
from tests.bombs import MIB, taken
from tests.tasks.publisher import AT, BRISK, CSV, SMALL


def headless(body: bytes) -> bytes:
    """Return a body in the deflate of servers that leave out its header."""
    return zlib.compress(body)[2:-4]


def zstd(body: bytes) -> bytes:
    """Return a body in zstd whose length is not written in its frame, as servers stream it."""
    packer = zstandard.ZstdCompressor().compressobj()
    return packer.compress(body) + packer.flush()


PACKED: dict[str, tuple[str, Callable[[bytes], bytes]]] = {
    "gzip": ("gzip", lambda body: gzip.compress(body, mtime=0)),
    "x-gzip": ("x-gzip", lambda body: gzip.compress(body, mtime=0)),
    "deflate": ("deflate", zlib.compress),
    "headless deflate": ("deflate", headless),
    "zstd": ("zstd", zstd),
}
WAYS = pytest.mark.parametrize(("encoding", "pack"), PACKED.values(), ids=PACKED.keys())
FRAMES = ["gzip", "zstd"]


def parts(body: bytes) -> list[bytes]:
    """Return a body in the steps in which it is unpacked."""
    return [body[start : start + STEP] for start in range(0, len(body), STEP)]


@given(
    bodies=st.lists(st.binary(max_size=3 * STEP), min_size=1, max_size=3),
    name=st.sampled_from(sorted(PACKED)),
    padding=st.integers(0, 2 * STEP),
)
def test_what_was_packed_comes_out(bodies: list[bytes], name: str, padding: int) -> None:
    """Whole, from as many frames as were sent; zeros behind the end are padding."""
    encoding, pack = PACKED[name]
    bodies = bodies if encoding in FRAMES else bodies[:1]
    sent = b"".join(map(pack, bodies)) + bytes(padding)
    assert b"".join(decoded(iter(parts(sent)), encoding)) == b"".join(bodies)


@WAYS
def test_what_is_cut_off_is_no_body(encoding: str, pack: Callable[[bytes], bytes]) -> None:
    """Wherever it breaks off, but before its first byte: a response to HEAD has none."""
    sent = pack(bytes(range(256)) * 16)
    assert list(decoded(iter([]), encoding)) == []
    for end in range(1, len(sent) - 1, 7):
        with pytest.raises(DAMAGE):
            list(decoded(iter(parts(sent[:end])), encoding))


@given(sent=st.binary(max_size=64), encoding=st.sampled_from(sorted(DECODERS)))
def test_noise_is_damage(sent: bytes, encoding: str) -> None:
    """Nothing else is raised, and the end is reached."""
    try:
        list(decoded(iter(parts(sent)), encoding))
    except DAMAGE:
        return


@WAYS
def test_a_packed_answer_is_read(
    httpserver: HTTPServer, encoding: str, pack: Callable[[bytes], bytes]
) -> None:
    """As a server sends it, in pieces of one byte too."""
    pieces = [bytes([byte]) for byte in pack(CSV)]
    httpserver.expect_request("/a.csv").respond_with_handler(
        lambda _: Response(iter(pieces), headers={"Content-Encoding": encoding})
    )
    got = fetch(SMALL, at=AT, url=httpserver.url_for("/a.csv"), fetch_policy=BRISK)
    assert got.contents["main"] == CSV
    asked = httpserver.log[0][0].headers["Accept-Encoding"]
    assert asked == "gzip, deflate, zstd"


def test_a_cut_answer_is_asked_for_again(httpserver: HTTPServer) -> None:
    """The server ends the answer in order, but what it packed does not end."""
    for sent in (gzip.compress(CSV)[:-9], gzip.compress(CSV)):
        httpserver.expect_oneshot_request("/a.csv").respond_with_data(
            sent, headers={"Content-Encoding": "gzip"}
        )
    got = fetch(SMALL, at=AT, url=httpserver.url_for("/a.csv"), fetch_policy=BRISK)
    assert (got.contents["main"], got.evidence["tries"]) == (CSV, 2)
    httpserver.expect_request("/a.csv").respond_with_data(CSV, headers={"Content-Encoding": "gzip"})
    with pytest.raises(FetchFailed, match="DecodingError"):
        fetch(SMALL, at=AT, url=httpserver.url_for("/a.csv"), fetch_policy=BRISK)


@pytest.mark.parametrize("encoding", ["br", "compress", "BR"])
def test_what_was_not_asked_for_is_refused(httpserver: HTTPServer, encoding: str) -> None:
    """In words, instead of a body that is no text; a word that is no packing is passed over."""
    for path, how in (("/a.csv", encoding), ("/b.csv", "utf-8")):
        httpserver.expect_request(path).respond_with_data(CSV, headers={"Content-Encoding": how})
    with pytest.raises(BadBody, match=rf"a body packed \({encoding.lower()}\), not as asked for"):
        fetch(SMALL, at=AT, url=httpserver.url_for("/a.csv"), fetch_policy=BRISK)
    got = fetch(SMALL, at=AT, url=httpserver.url_for("/b.csv"), fetch_policy=BRISK)
    assert got.contents["main"] == CSV


def fetched(body: bytes, *, where: str, encoding: str) -> None:
    """Fetch a body from a server that says it is packed."""
    with HTTPServer() as server:
        server.expect_request(f"/{where}").respond_with_data(
            body, headers={"Content-Encoding": encoding}
        )
        fetch(SMALL, at=AT, url=server.url_for(f"/{where}"), fetch_policy=BRISK)


BOMBS: dict[str, tuple[str, Callable[[], bytes]]] = {
    "zstd of a GiB in 33 kB": ("zstd", lambda: zstd(bytes(1024 * MIB))),
    "many zstd frames": ("zstd", lambda: zstd(bytes(MIB)) * 2_000),
    "gzip of a GiB": ("gzip", lambda: gzip.compress(bytes(1024 * MIB), 1, mtime=0)),
    "deflate of a GiB": ("deflate", lambda: zlib.compress(bytes(1024 * MIB), 1)),
    "a frame and noise": ("gzip", lambda: gzip.compress(CSV, mtime=0) + b"x" * MIB),
    "empty frames": ("gzip", lambda: gzip.compress(b"", mtime=0) * 50_000),
    "empty zstd frames": ("zstd", lambda: zstd(b"") * 100_000),
}
MANY: dict[str, tuple[str, Callable[[], bytes]]] = {
    "64 MB of empty frames": ("gzip", lambda: gzip.compress(b"", mtime=0) * (64 * MIB // 20)),
    "64 MB of empty zstd frames": ("zstd", lambda: zstd(b"") * (64 * MIB // 9)),
    "64 MB of sound gzip": ("gzip", lambda: gzip.compress(bytes(63 * MIB), 0, mtime=0)),
}
SLOW = [pytest.param(*bomb, id=name, marks=pytest.mark.slow) for name, bomb in MANY.items()]
FEW = ("zstd of a GiB in 33 kB", "a frame and noise", "empty frames")
"""Which are quickly made and read."""
QUICK = [
    pytest.param(*bomb, id=name, marks=[pytest.mark.thorough] * (name not in FEW))
    for name, bomb in BOMBS.items()
]


@pytest.mark.parametrize(("encoding", "make"), [*QUICK, *SLOW])
def test_no_answer_fills_memory_or_time(
    tmp_path: Path, encoding: str, make: Callable[[], bytes]
) -> None:
    """Whatever it unpacks to: at most 1 GiB, and a minute of a processor."""
    (tmp_path / "body").write_bytes(make())
    took = taken(f"{__name__}:fetched", tmp_path / "body", seconds=60, encoding=encoding)
    assert took.memory < 1024
