import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from pytest_httpserver import HTTPServer

from schemas.errors import WrongUse
from tests.vaxwatch.lakes import Ask
from vaxwatch.prefect_api import (
    QUIET,
    PrefectUnreachable,
    configured_url,
    is_tracked,
    prepare_prefect,
)

API = "http://127.0.0.1:4200/api"


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a home without any trace of Prefect, in an environment without its variables."""
    for name in list(os.environ):
        if name.startswith(("PREFECT", "DO_NOT_TRACK")):
            monkeypatch.delenv(name)
    monkeypatch.setenv("HOME", str(tmp_path))
    return tmp_path


@pytest.fixture
def silent() -> Iterator[str]:
    """Yield the address of a server that takes connections and never answers."""
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen()
        yield f"http://127.0.0.1:{listening.getsockname()[1]}/api"


DAMAGED = (
    b"active = ",
    b"\xff",
    b"profiles = 3",
    b"active = []\nprofiles = {}",
    b"active = 'a'\nprofiles = {a = 3}",
    b"active = 'a'\nprofiles.a.PREFECT_API_URL = 3",
    b"active = " + b"[" * 100_000,
)
"""Files of profiles that Prefect cannot have written."""


def profiles(folder: Path, active: str) -> None:
    """Write Prefect's file of profiles: one with an API, one without."""
    folder.mkdir(exist_ok=True)
    (folder / "profiles.toml").write_text(
        f'active = "{active}"\n[profiles.with]\nPREFECT_API_URL = "{API}"\n[profiles.without]\n'
    )


def test_the_environment_overrides_the_profile(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No file, no API; an empty variable switches the profile's API off."""
    assert configured_url() is None
    profiles(home / ".prefect", "without")
    assert configured_url() is None
    monkeypatch.setenv("PREFECT_PROFILE", "with")
    assert configured_url() == API
    monkeypatch.setenv("PREFECT_API_URL", "")
    assert configured_url() is None
    monkeypatch.setenv("PREFECT_API_URL", "http://other/api")
    assert configured_url() == "http://other/api"


def test_profiles_are_where_prefect_has_them(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """In PREFECT_HOME or at PREFECT_PROFILES_PATH; a damaged file counts as none."""
    profiles(home / "elsewhere", "with")
    monkeypatch.setenv("PREFECT_HOME", str(home / "elsewhere"))
    assert configured_url() == API
    monkeypatch.delenv("PREFECT_HOME")
    monkeypatch.setenv("PREFECT_PROFILES_PATH", str(home / "elsewhere" / "profiles.toml"))
    assert configured_url() == API
    for damaged in DAMAGED:
        (home / "elsewhere" / "profiles.toml").write_bytes(damaged)
        assert configured_url() is None


def test_tracked_if_configured_unless_the_option_differs(
    monkeypatch: pytest.MonkeyPatch, httpserver: HTTPServer
) -> None:
    """--track without an API is wrong use, --no-track asks no API."""
    httpserver.expect_request("/api/health").respond_with_data("true")
    assert not is_tracked(track=None)
    with pytest.raises(WrongUse, match="set PREFECT_API_URL="):
        is_tracked(track=True)
    monkeypatch.setenv("PREFECT_API_URL", httpserver.url_for("/api"))
    assert is_tracked(track=None)
    assert is_tracked(track=True)
    monkeypatch.setenv("PREFECT_API_URL", "http://127.0.0.1:9/api")
    assert not is_tracked(track=False)


@pytest.mark.parametrize(
    ("status", "fault"), [(200, ""), (401, ""), (403, ""), (404, "status 404"), (503, "status 503")]
)
def test_an_api_that_wants_to_know_who_asks_is_usable(
    monkeypatch: pytest.MonkeyPatch, httpserver: HTTPServer, status: int, fault: str
) -> None:
    """Prefect has the credentials; every other status is a fault."""
    httpserver.expect_request("/api/health").respond_with_data(status=status)
    monkeypatch.setenv("PREFECT_API_URL", httpserver.url_for("/api"))
    if not fault:
        assert is_tracked(track=None)
    else:
        with pytest.raises(PrefectUnreachable, match=fault):
            is_tracked(track=None)


@pytest.mark.parametrize("url", ["silent", "http://127.0.0.1:9/api", "127.0.0.1:4200", "ftp://a/b"])
def test_an_api_that_does_not_answer_is_one_sentence(
    ask: Ask, monkeypatch: pytest.MonkeyPatch, silent: str, tmp_path: Path, url: str
) -> None:
    """Exit code 1, with the address and the next step; nothing is written."""
    address = silent if url == "silent" else url
    monkeypatch.setenv("PREFECT_API_URL", address)
    lake = tmp_path / "new"
    answer = ask("ingest", "who_cases", at=lake)
    assert (answer.code, answer.out, answer.err.count("\n")) == (1, "", 1)
    assert address in answer.err
    assert "--no-track" in answer.err
    assert not lake.exists()


def test_prefect_gets_a_folder_it_can_write(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where HOME cannot be written: a temporary one, with the API that the profile named."""
    for name in (*QUIET, "PREFECT_HOME", "PREFECT_LOGGING_LEVEL", "PREFECT_LOGGING_ROOT_LEVEL"):
        monkeypatch.setenv(name, "")
        monkeypatch.delenv(name)
    blocker = home / "file"
    blocker.touch()
    monkeypatch.setenv("HOME", str(blocker))
    prepare_prefect(verbose=False)
    assert os.access(os.environ["PREFECT_HOME"], os.W_OK)
    assert os.environ["PREFECT_SERVER_ALLOW_EPHEMERAL_MODE"] == "false"


def test_the_folder_that_prefect_gets_ends_with_the_process(home: Path) -> None:
    """Nothing is left in TMPDIR."""
    blocker, temporary = home / "file", home / "tmp"
    blocker.touch()
    temporary.mkdir()
    code = """if True:
        import os
        from vaxwatch.prefect_api import prepare_prefect
        prepare_prefect(verbose=False)
        print(os.listdir(os.environ["TMPDIR"]))
    """
    kept = {name: value for name, value in os.environ.items() if "PREFECT" not in name}
    ended = subprocess.run(
        [sys.executable, "-c", code],
        env=kept | {"HOME": str(blocker), "TMPDIR": str(temporary)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert "prefect-" in ended.stdout
    assert list(temporary.iterdir()) == []


LOG = """
import logging
from vaxwatch.prefect_api import prepare_prefect
prepare_prefect(verbose=True)
from prefect.logging.configuration import ensure_logging_setup
ensure_logging_setup()
try:
    raise ValueError("from a page: \\x1b[31m\\u202e")
except ValueError:
    logging.getLogger("prefect").exception("a note: \\x9b2J\\u202e")
"""


@pytest.mark.thorough
def test_the_log_of_prefect_is_free_of_control_characters(home: Path) -> None:
    """Of messages and of tracebacks; `serve` and its flow runs inherit the setting."""
    kept = {name: value for name, value in os.environ.items() if "PREFECT" not in name}
    ended = subprocess.run(
        [sys.executable, "-c", LOG],
        env=kept | {"HOME": str(home), "PREFECT_LOGGING_TO_API_ENABLED": "false"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert "a note: \\x9b2J\\u202e" in ended.stderr
    assert "ValueError: from a page: \\x1b[31m\\u202e" in ended.stderr
    assert [one for one in ended.stderr if not one.isprintable() and one != "\n"] == []
