"""The command `doctor`: whether this machine, its settings and the lake are ready for a run."""

import os
import platform
import sys
import tempfile
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Final

import typer
from rich.console import Console

from schemas.error_text import sentence
from schemas.errors import StoreError, StoreUnavailable, VaxwatchError, WrongUse
from schemas.redaction import redacted
from schemas.store_errors import StoreRefused
from tasks.vault.backends.open_store import open_store
from tasks.vault.backends.store_faults import PLACE, folder_error
from vaxwatch.commands.command_runner import DONE, FAILED, Run, command, waiting
from vaxwatch.display import draw_table, plural
from vaxwatch.documents import Document
from vaxwatch.prefect_api import PrefectUnreachable, configured_url, is_tracked
from vaxwatch.settings import load_settings

PROBE: Final = b"vaxwatch doctor"
OLDEST_PYTHON: Final = (3, 11)
Finding = tuple[str, str]
"""What was found, and the next step, which is empty where all is well."""


@command
def doctor(
    run: Run,
    place: Annotated[
        str | None,
        typer.Option(
            "--conformance",
            metavar="LAKE",
            help="Test within a minute whether a store (a folder or s3://bucket/prefix) keeps the "
            "promises that a lake relies on; nothing else is checked.",
        ),
    ] = None,
) -> int:
    """Check Python, home folder, settings, the lake's rights and credentials, and Prefect."""
    if place is not None:
        return _check_conformance(run, place)
    checks: list[Document] = []
    for name, check in CHECKS.items():
        try:
            found, next_step = check(run)
        except (WrongUse, StoreError, OSError) as error:
            is_refused = isinstance(error, StoreRefused)
            found = f"{error.where}: {error.seen}." if is_refused else sentence(error)
            next_step = _lake_step(error)
        checks.append({"check": name, "found": found, "next_step": next_step})
    is_ready = not any(one["next_step"] for one in checks)
    run.answer({"ok": is_ready, "checks": checks}, lambda console: _draw_checks(console, checks))
    return DONE if is_ready else FAILED


def _check_python(_run: Run) -> Finding:
    found = f"Python {platform.python_version()} ({sys.executable})"
    is_old = sys.version_info < OLDEST_PYTHON
    return found, "Install CPython 3.11 or newer and make the environment again." if is_old else ""


def _check_home(_run: Run) -> Finding:
    """Return whether HOME can be written; only Prefect keeps something there."""
    home = os.path.expanduser("~")  # noqa: PTH111 (it never raises)
    if os.access(home, os.W_OK | os.X_OK):
        return f"{home} can be written", ""
    return f"{home} cannot be written; no command needs it, only a Prefect server does", ""


def _check_settings(run: Run) -> Finding:
    try:
        settings = load_settings(run.asked.lake)
    except VaxwatchError as error:
        return str(error), "vaxwatch config check"
    origins = sorted(set(settings.origins.values())) or ["defaults alone"]
    return f"{', '.join(origins)}; {plural(len(settings.waivers), 'waiver')}", ""


def _check_lake(run: Run) -> Finding:
    lake = run.lake
    store = open_store(lake)
    if not lake.startswith(("s3://", "memory:")) and not Path(store.uri).is_dir():
        return _check_missing_folder(lake, Path(store.uri))
    is_empty = next(iter(store.list("")), None) is None
    key = f".doctor-{uuid.uuid4().hex}"
    store.put_if_absent(key, PROBE)
    try:
        blob = store.get(key)
        if blob is None or blob.body != PROBE:
            raise StoreUnavailable(f"{store.uri}/{key}", "it was written but cannot be read back")
    finally:
        store.delete(key)
    news = "; nothing was ever ingested there" if is_empty else ""
    return f"{lake}: can be listed, read, written and cleaned{news}", ""


def _check_missing_folder(lake: str, folder: Path) -> Finding:
    ways = (folder.absolute(), *folder.absolute().parents)
    there = next((one for one in ways if one.exists()), Path("/"))
    found = f"{lake}: nothing was ever ingested there"
    try:
        with tempfile.TemporaryDirectory(prefix=".doctor-", dir=there):
            return f"{found}; the first run makes it", ""
    except OSError as error:
        step = f"Give this user the right to write in {there}, or name another lake by --lake."
        return f"{found}, and it cannot be made ({error.strerror})", step


def _check_credentials(run: Run) -> Finding:
    if not run.lake.startswith("s3://"):
        return "none are needed: the lake is no bucket", ""
    next(iter(open_store(run.lake).list("")), None)
    server = os.environ.get("AWS_ENDPOINT_URL_S3") or os.environ.get("AWS_ENDPOINT_URL") or "AWS"
    return f"{redacted(server)} accepts them", ""


def _check_prefect(_run: Run) -> Finding:
    url = configured_url()
    if url is None:
        return "no API is configured: commands run by themselves", ""
    try:
        is_tracked(track=None)
    except PrefectUnreachable as error:
        return str(error), "Start it (prefect server start), or unset PREFECT_API_URL."
    return f"{redacted(url)} answers: runs are reported there", ""


CHECKS: Final[Mapping[str, Callable[[Run], Finding]]] = {
    "Python": _check_python,
    "home folder": _check_home,
    "settings": _check_settings,
    "lake": _check_lake,
    "credentials": _check_credentials,
    "Prefect": _check_prefect,
}


def _lake_step(error: WrongUse | StoreError | OSError) -> str:
    if isinstance(error, OSError):
        error = folder_error(str(error.filename or ""), error)
    if isinstance(error, StoreRefused):
        return error.next_step
    if isinstance(error, StoreError):
        return "Check the network, AWS_ENDPOINT_URL and whether the store is up."
    return PLACE


def _draw_checks(console: Console, checks: Sequence[Document]) -> None:
    for one in checks:
        step = f" Next: {one['next_step']}" if one["next_step"] else ""
        console.print(f"{'problem' if step else 'ok':<8} {one['check']}: {one['found']}{step}")
    problems = sum(bool(one["next_step"]) for one in checks)
    console.print(f"{plural(problems, 'problem')}." if problems else "Ready.")


def _check_conformance(run: Run, place: str) -> int:
    from tasks.vault.conformance.conformance_report import conformance, is_fit  # noqa: PLC0415 (only this needs it)

    with waiting(run, f"{place}: races, reads, listings"):
        store = open_store(place)
        if place.startswith(("s3://", "memory:")):
            checks = conformance(store)
        elif not Path(store.uri).is_dir():
            raise WrongUse(f"There is no folder {store.uri}. Make it, or name one that is there.")
        else:
            with tempfile.TemporaryDirectory(prefix=".conformance-", dir=store.uri) as scratch:
                checks = conformance(open_store(scratch))
    fit = is_fit(checks)
    document = {"lake": place, "fit": fit, "checks": [asdict(check) for check in checks]}
    lines = [(check.promise, check.seen, check.verdict) for check in checks]
    broken = plural(sum(check.verdict == "broken" for check in checks), "promise")

    def draw(console: Console) -> None:
        draw_table(console, place, headings=("promise", "seen", "verdict"), lines=lines)
        console.print(
            f"{place} keeps every promise: a lake is safe there."
            if fit
            else f"{place} breaks {broken}: do not keep a lake there."
        )

    run.answer(document, draw)
    return DONE if fit else FAILED
