"""The Prefect API: whether one is configured and answers. Nothing here imports Prefect."""

import atexit
import os
import shutil
import tempfile
import threading
import tomllib
from pathlib import Path
from typing import Any, Final

from schemas.errors import SeenThere, WrongUse
from schemas.redaction import redacted

VARIABLE: Final = "PREFECT_API_URL"
ANSWER_SECONDS: Final = 4.0
"""How long an API may take to answer before a run is given up."""
WANTS_CREDENTIALS: Final = range(401, 404)
"""Statuses of an API that wants credentials, which Prefect sends."""
QUIET: Final = {
    "DO_NOT_TRACK": "1",
    "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
    "PREFECT_SERVER_ALLOW_EPHEMERAL_MODE": "false",
    "PREFECT_LOGGING_HANDLERS_CONSOLE_CLASS": "vaxwatch.prefect_log.PrintableHandler",
    "PREFECT_FLOWS_HEARTBEAT_FREQUENCY": "30",
    "PREFECT_DEPLOYMENTS_CLEAR_SCHEDULES_ON_EMPTY": "true",
}
"""No telemetry, no server that a command starts for itself, a log that is safe to read, a heartbeat
of each run every 30 seconds; a deployment whose schedules are taken away has none."""


class PrefectUnreachable(SeenThere):
    """The configured Prefect API does not answer; a run can do without."""

    def __str__(self) -> str:
        return (
            f"The Prefect API at {self.where} does not answer ({self.seen}). Nothing was changed. "
            f"Start it, correct {VARIABLE}, or run this without Prefect: --no-track."
        )


class PrefectNeeded(SeenThere):
    """The configured Prefect API does not answer, and nothing can be done without it."""

    def __str__(self) -> str:
        return (
            f"The Prefect API at {self.where} does not answer ({self.seen}). Nothing was changed. "
            f"Start it (prefect server start), or correct {VARIABLE}."
        )


def is_tracked(*, track: bool | None) -> bool:
    """Return whether runs are reported to a Prefect API, which answers.

    `track`: --track or --no-track; None: if an API is configured.
    Raises WrongUse for --track without a configured API, PrefectUnreachable.
    """
    url = configured_url()
    if track is False or (track is None and url is None):
        return False
    if url is None:
        raise WrongUse(
            f"--track reports the run to a Prefect API, but none is configured. Start one "
            f"(prefect server start) and set {VARIABLE}=http://127.0.0.1:4200/api."
        )
    if fault := _fault_in_time(url):
        raise PrefectUnreachable(redacted(url), redacted(fault))
    return True


def require_api() -> str:
    """Return the address of the configured Prefect API, which answers, without its secrets.

    Raises WrongUse where none is configured, PrefectNeeded.
    """
    url = configured_url()
    if url is None:
        raise WrongUse(
            f"No Prefect API is configured. Start one (prefect server start) and set "
            f"{VARIABLE}=http://127.0.0.1:4200/api; `vaxwatch serve` needs none."
        )
    if fault := _fault_in_time(url):
        raise PrefectNeeded(redacted(url), redacted(fault))
    return redacted(url)


def configured_url() -> str | None:
    """Return the Prefect API's address: of the environment, else of the active profile; else None.

    An empty PREFECT_API_URL overrides the profile.
    """
    if VARIABLE in os.environ:
        return os.environ[VARIABLE] or None
    path = Path(os.environ.get("PREFECT_PROFILES_PATH") or _prefect_home() / "profiles.toml")
    try:
        document: dict[str, Any] = tomllib.loads(path.read_text(encoding="utf-8"))
        active = os.environ.get("PREFECT_PROFILE") or document.get("active")
        url = document["profiles"][active][VARIABLE]
    except (OSError, ValueError, LookupError, TypeError, RecursionError):
        return None
    return url if isinstance(url, str) and url else None


def prepare_prefect(*, verbose: bool) -> None:
    """Set what Prefect reads from the environment when it is first imported; what is set stays.

    Its log is on standard error only when asked for, and always in its own record of a run. Where
    Prefect's own folder cannot be written it is one that ends with this process.
    """
    shown = "INFO" if verbose else "CRITICAL"
    wanted = QUIET | {
        "PREFECT_LOGGING_LEVEL": "INFO",
        "PREFECT_LOGGING_ROOT_LEVEL": "WARNING",
        "PREFECT_LOGGING_HANDLERS_CONSOLE_LEVEL": shown,
    }
    if "PREFECT_HOME" not in os.environ and not _is_writable(_prefect_home()):
        if url := configured_url():
            wanted[VARIABLE] = url
        wanted["PREFECT_HOME"] = tempfile.mkdtemp(prefix="prefect-")
        atexit.register(shutil.rmtree, wanted["PREFECT_HOME"], ignore_errors=True)
    for name, value in wanted.items():
        os.environ.setdefault(name, value)


def _prefect_home() -> Path:
    if named := os.environ.get("PREFECT_HOME"):
        return Path(named)
    return Path(os.path.expanduser("~")) / ".prefect"  # noqa: PTH111 (it never raises)


def _is_writable(folder: Path) -> bool:
    """Return whether files can be created in a folder, or the folder itself where it is missing."""
    there = next((one for one in (folder, *folder.parents) if one.exists()), None)
    return there is not None and there.is_dir() and os.access(there, os.W_OK | os.X_OK)


def _fault_in_time(url: str) -> str:
    """Return why an API cannot be used, empty if it can; a slow name server counts, too."""
    seen = [f"no answer within {ANSWER_SECONDS:g} s"]
    asking = threading.Thread(target=lambda: seen.append(_fault(url)), daemon=True)
    asking.start()
    asking.join(ANSWER_SECONDS)
    return seen[-1]


def _fault(url: str) -> str:
    """Return why an API cannot be used, empty if it can."""
    from urllib.error import HTTPError, URLError  # noqa: PLC0415 (few commands ask)
    from urllib.request import Request, urlopen  # noqa: PLC0415 (as above)

    if not url.startswith(("http://", "https://")):
        return "it is no http:// or https:// address"
    try:
        with urlopen(Request(f"{url.rstrip('/')}/health"), timeout=ANSWER_SECONDS):  # noqa: S310 (http or https)
            return ""
    except HTTPError as error:
        return "" if error.code in WANTS_CREDENTIALS else f"status {error.code}"
    except URLError as error:
        reason = error.reason
        return str(getattr(reason, "strerror", None) or reason).lower()
    except (OSError, ValueError) as error:
        return str(error) or type(error).__name__
