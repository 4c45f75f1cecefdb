"""No secret of an address reaches what is written: lake, answers, errors, Prefect's database."""

import json
import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote, unquote_to_bytes

import httpx
import pytest
import zstandard
from hypothesis import given
from hypothesis import strategies as st

from schemas.redaction import redacted
from tasks.raw.body_reader import archived_body
from tasks.sources import SOURCES
from tasks.vault.backends.folder_store import FolderStore
from tasks.web.http_status import shown
from tests.prefect_server import prefect
from tests.servers import shared
from tests.tasks.web.test_hostile_hosts import Raw, raw_server
from tests.thorough import quick
from tests.vaxwatch.proof.forked_commands import begun

pytestmark = pytest.mark.long

CANARY = "CANARYf00d"
BODY = Path(__file__).parents[1].joinpath("fixtures", "find_tests", "day.csv").read_bytes()
OK = b"HTTP/1.1 200 OK\r\nETag: 1\r\n\r\n" + BODY
NAMES = [
    *("token", "access_token", "sig", "X-Amz-Signature", "X-Amz-Credential", "password", "pwd"),
    *("X-Amz-Security-Token", "AWSAccessKeyId", "api_key", "subscription-key", "client_secret"),
    *("code", "jwt", "user", "Authorization", "Key-Pair-Id", "Policy", "__token__", "t%6Fken"),
]
SECRETS = st.text(st.sampled_from("ab1-._~+/=:;@%&#?\u00e9 "), max_size=6).map(
    lambda text: CANARY + quote(text, safe="-._~=;+/:") + CANARY
)


@given(
    secret=SECRETS,
    name=st.sampled_from(NAMES),
    nested=st.booleans(),
    rest=st.sampled_from(["", "&day=1"]),
)
def test_no_form_of_a_secret_is_shown(secret: str, name: str, *, nested: bool, rest: str) -> None:
    """As user, as password, in a query, in an address inside of a query, and in a sentence."""
    user = quote(secret.replace("/", ""), safe="%:;=")
    address = f"https://{user}:{user}@example.org/a.csv?a=1;{name}={secret}{rest}"
    if nested:
        address = f"https://example.org/go?to={quote(address, safe='')}{rest}"
    for seen in (redacted(address), shown(address), redacted(f"see '{address}' and wait")):
        assert CANARY not in unquote_to_bytes(seen).decode()
        assert "https://example.org/" in seen
        assert rest in seen


def test_no_declared_address_loses_anything() -> None:
    """Nor does one whose password ends nobody knows where keep it."""
    declared = [url for source in SOURCES for url in (source.url, *source.further_urls)]
    assert [shown(url) for url in declared] == declared
    assert shown("https://example.org/@me/a.csv?iso3=PRK&page=2#top").endswith("&page=2#top")
    assert CANARY not in shown(f"https://me:a/{CANARY}@example.org/a.csv")


@pytest.fixture(scope="module")
def server() -> Iterator[Raw]:
    """Return a publisher whose answer a test sets."""
    with raw_server() as running:
        yield running


def own(folder: Path) -> dict[str, str]:
    """Return the variables that let a command write in one folder alone."""
    return {"HOME": str(folder), "PREFECT_HOME": str(folder / "prefect")}


def run(folder: Path, *words: str, **variables: str) -> bytes:
    """Run a command in a process of its own and return all that it wrote, with its exit code."""
    done = begun(folder, *words, environment=own(folder) | variables).ended()
    assert "unforeseen" not in done.err
    return f"{done.out}{done.err}\nexit code {done.code}".encode()


def run_program(folder: Path, *words: str, **variables: str) -> bytes:
    """Do the same in a new interpreter, which Prefect's log needs: it is sent as that ends."""
    path = {"PATH": os.defpath, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    done = subprocess.run(
        [sys.executable, "-m", "vaxwatch", *words],
        cwd=folder,
        env=path | own(folder) | variables,
        capture_output=True,
        check=False,
    )
    assert b"unforeseen" not in done.stderr
    return done.stdout + done.stderr + f"\nexit code {done.returncode}".encode()


def unpacked(path: Path) -> bytes:
    """Return what a file of a lake holds, without its compression."""
    if "bodies" in path.parts:
        return archived_body(FolderStore(path.parents[3]), path.stem)
    body = path.read_bytes()
    return zstandard.ZstdDecompressor().decompress(body) if path.suffix == ".zst" else body


def leaks(folder: Path, *answers: bytes) -> list[str]:
    """Return where the canary is: names of files, and numbers of answers."""
    texts = {str(number): answer for number, answer in enumerate(answers)}
    for path in folder.rglob("*"):
        if path.is_file() and path.name != "vaxwatch.toml":
            texts[str(path)] = str(path).encode() + unpacked(path)
    return [
        f"{name}: {line!r}"
        for name, text in texts.items()
        for line in text.split(b"\n")
        if CANARY.encode() in unquote_to_bytes(line)
    ]


def secret_url(server: Raw, path: str = "a.csv") -> str:
    """Return an address of the publisher with every kind of secret."""
    host = server.url.removeprefix("http://").removesuffix("/a.csv")
    query = "&".join(f"{name}={CANARY}" for name in NAMES)
    nested = quote(f"https://{CANARY}:{CANARY}@example.org/?sig={CANARY}", safe="")
    return f"http://{CANARY}:{CANARY}%40@{host}/{path}?{query}&to={nested}"


def configure(folder: Path, url: str) -> None:
    """Give one source another address."""
    (folder / "vaxwatch.toml").write_text(f'[sources.find_tests]\nurl = "{url}"\n')


REDIRECT = "HTTP/1.1 302 Found\r\nLocation: {}\r\n\r\n"
FAILING = {
    "gone": "HTTP/1.1 404 {url}\r\n\r\n",
    "busy": "HTTP/1.1 503 Busy\r\nRetry-After: 0\r\n\r\n",
    "a login page": "HTTP/1.1 200 OK\r\n\r\n<html>sorry",
    "nothing": "",
    "round and round": REDIRECT.format("{url}"),
    "to no host": REDIRECT.format(f"http://{CANARY}:{CANARY}@a..b/?sig={CANARY}"),
    "to no port": REDIRECT.format(f"http://u:{CANARY}/x@example.org/"),
    "to a private host": REDIRECT.format(f"http://{CANARY}:{CANARY}@10.0.0.1/?sig={CANARY}"),
    "to another scheme": REDIRECT.format(f"ftp://{CANARY}:{CANARY}@example.org/?sig={CANARY}"),
}


RETRIED = {"busy", "nothing"}
"""They take a quarter of a minute, with the waits between the tries."""


@pytest.mark.parametrize(
    "answer",
    [
        pytest.param(answer, id=name, marks=[pytest.mark.slow] if name in RETRIED else [])
        for name, answer in FAILING.items()
    ],
)
def test_a_failed_fetch_keeps_its_secrets(server: Raw, tmp_path: Path, answer: str) -> None:
    """Neither its sentence nor its traceback nor its evidence has them."""
    url = secret_url(server)
    configure(tmp_path, url)
    server.answer = answer.format(url=url).encode()
    words = ("ingest", "find_tests", "--no-quality", "--debug", "--verbose", "--json")
    output = run(tmp_path, *words)
    assert output.endswith(b"exit code 1")
    assert list(tmp_path.glob("lake/raw/find_tests/*/*.json"))
    assert leaks(tmp_path, output) == []


def test_a_fetch_keeps_its_secrets(server: Raw, tmp_path: Path) -> None:
    """The lake, with its tables, evidence and pages, and the answers about it and the settings."""
    configure(tmp_path, secret_url(server))
    server.answer = OK
    answers = [run(tmp_path, "ingest", "find_tests", "--verbose", "--debug")]
    assert b"\nexit code 0" in answers[0] or b"\nexit code 3" in answers[0]
    about = [["doctor"], ["config", "check"], ["sources"], ["verify", "--deep"], ["status"]]
    about += [["ingest", "find_tests", "--no-quality"]]
    answers += [run(tmp_path, *words, *more) for words in about for more in ((), ("--json",))]
    answers += [run(tmp_path, "metrics", "--raw"), run(tmp_path, "status", "--quiet")]
    assert list(tmp_path.glob("lake/runs/*/*/*/*.json"))
    assert all(b"exit code 2" not in answer for answer in answers)
    assert leaks(tmp_path, *answers) == []
    assert list(tmp_path.rglob("latest.parquet"))


BAD_SETTINGS = {
    "a list": '[sources.find_tests]\nurl = ["{url}"]',
    "a source that is a text": '[sources]\nfind_tests = "{url}"',
    "no source": '[sources.find]\nurl = "{url}"',
    "a lake on the web": 'lake = "{url}"',
    "a lake with a user": 'lake = "s3://me:CANARYf00d@bucket/lake"',
    "a lake with a query": 'lake = "s3://bucket/lake?sig=CANARYf00d"',
    "nearly a bucket": 'lake = "S3:/me:CANARYf00d@bucket/lake?sig=CANARYf00d"',
    "no address": '[sources.find_tests]\nurl = "http://me:a/CANARYf00d@[::1"',
}


@pytest.mark.parametrize("settings", BAD_SETTINGS.values(), ids=BAD_SETTINGS.keys())
def test_a_mistake_in_the_settings_keeps_its_secrets(
    server: Raw, tmp_path: Path, settings: str
) -> None:
    """It is named without them."""
    (tmp_path / "vaxwatch.toml").write_text(settings.format(url=secret_url(server)))
    commands = [["ingest", "find_tests"], ["doctor"], ["config", "check"]]
    answers = [run(tmp_path, *words, "--debug", "--json") for words in commands]
    assert leaks(tmp_path, *answers) == []
    assert b"exit code 0" not in answers[0]


def closed_port() -> int:
    """Return a port at which nobody listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def test_addresses_of_servers_keep_their_secrets(tmp_path: Path) -> None:
    """Of an object store, of Prefect, of a web archive; none of which answers."""
    host = f"http://{CANARY}:{CANARY}@127.0.0.1:{closed_port()}"
    keys = {"AWS_ACCESS_KEY_ID": "a", "AWS_SECRET_ACCESS_KEY": CANARY, "AWS_REGION": "us-east-1"}
    store = keys | {"AWS_ENDPOINT_URL": f"{host}/?token={CANARY}"}
    api = {"PREFECT_API_URL": f"{host}/api?token={CANARY}"}
    captures = ("backfill", "find_tests", "--origin", f"wayback:{host}/a.csv?sig={CANARY}")
    answers = [
        run(tmp_path, "doctor", "--debug", "--lake", "s3://bucket/lake", **store),
        run_program(tmp_path, "ingest", "find_tests", "--track", "--debug", **api),
        run(tmp_path, "doctor", "--json", **api),
        run(tmp_path, *captures, "--debug", VAXWATCH_WAYBACK=host),
    ]
    assert all(answer.endswith(b"exit code 1") for answer in answers)
    assert leaks(tmp_path, *answers) == []


@pytest.mark.server
def test_prefect_gets_no_secret(server: Raw, tmp_path: Path) -> None:
    """Neither as a parameter of a run nor in its log, its states and its artifacts."""
    configure(tmp_path, secret_url(server))
    api = shared("prefect", prefect)
    for server.answer in (OK, b"HTTP/1.1 404 Gone\r\n\r\n")[: quick(1, 2)]:
        words = ("ingest", "find_tests", "--no-quality", "--track", "--verbose", "--debug")
        output = run_program(tmp_path, *words, PREFECT_API_URL=api)
        assert leaks(tmp_path, output) == []
    kept = {
        kind: httpx.post(f"{api}/{kind}/filter", json={}).raise_for_status().json()
        for kind in ("flow_runs", "task_runs", "logs", "artifacts")
    }
    assert kept["flow_runs"]
    assert CANARY not in json.dumps(kept)
