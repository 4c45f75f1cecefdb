"""What all tests share."""

import gc
import logging
import os
import ssl
from collections.abc import Generator
from functools import cache
from pathlib import Path
from typing import Any

import certifi
import pytest
from hypothesis import settings

from tests import servers
from tests.thorough import examples

# The same examples every time, but in `make fuzz`. How long one takes on a machine that others use
# says nothing of the code.
settings.register_profile(
    "steady",
    max_examples=examples(100),
    deadline=None,
    derandomize=not os.environ.get("VAXWATCH_FUZZ"),
    database=None,
)
settings.load_profile("steady")

os.environ.setdefault("DO_NOT_TRACK", "1")
os.environ.setdefault("PREFECT_SERVER_ANALYTICS_ENABLED", "false")
os.environ.setdefault("VAXWATCH_MARTS", "off")  # the tests of marts turn them on
# Tables of tests are small, and every core has a process of its own: threads would only wait.
os.environ.setdefault("POLARS_MAX_THREADS", "1")

BESIDE = Path(__file__).resolve().parents[2] / "shared" / "corpus"
CORPUS = Path(os.environ.get("VAXWATCH_CORPUS") or BESIDE)


def pytest_configure(config: pytest.Config) -> None:
    """Open a run, unless this process is one of the workers of a run."""
    if not hasattr(config, "workerinput"):
        servers.open_run()


def pytest_unconfigure(config: pytest.Config) -> None:
    """End the servers of the run once all its workers have ended."""
    gc.unfreeze()  # extensions complain of what is left at the end
    if not hasattr(config, "workerinput"):
        servers.close_run()


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None, object, object]:
    """Collect tests without collecting garbage: almost all that is made by then stays."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.enable()


@pytest.hookimpl(tryfirst=True)
def pytest_collection_finish(session: pytest.Session) -> None:
    """Put the files marked `long` first: begun last, one would keep a process busy alone."""
    session.items.sort(key=lambda test: test.get_closest_marker("long") is None)
    gc.collect()
    gc.freeze()  # the modules stay: a collection during a test need not walk through them


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol() -> Generator[None, object, object]:
    """Let no log handler outlive its test: it would write to a stream that ended with the test.

    A command sets up the log of its process, and Prefect does where it is first imported.
    """
    root, ours = logging.getLogger(), logging.getLogger("vaxwatch")
    handlers, levels = list(root.handlers), (root.level, ours.level)
    try:
        return (yield)
    finally:
        root.handlers[:] = handlers
        root.setLevel(levels[0])
        ours.setLevel(levels[1])


@pytest.fixture(scope="session", autouse=True)
def _without_sync() -> Generator[None]:
    """Leave out `sync`: it waits for what all programs have written, and changes no answer."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(os, "sync", lambda: None)
        yield


@pytest.fixture(scope="session", autouse=True)
def _authorities_read_once() -> Generator[None]:
    """Let HTTP clients share the certificates of authorities: each would read them, for 40 ms."""
    where, real = certifi.where(), ssl.create_default_context
    shared = cache(lambda: real(cafile=where))

    def context(*purpose: ssl.Purpose, **how: Any) -> ssl.SSLContext:
        return real(*purpose, **how) if purpose or how != {"cafile": where} else shared()

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ssl, "create_default_context", context)
        yield


@pytest.fixture(scope="session")
def corpus() -> Path:
    """Return the folder of real snapshots (VAXWATCH_CORPUS); pass over the test without it."""
    if not CORPUS.is_dir():
        pytest.skip(f"there is no folder of real snapshots at {CORPUS} (VAXWATCH_CORPUS)")
    return CORPUS
