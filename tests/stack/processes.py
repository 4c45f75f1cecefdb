"""Programs of a stack: started with a log of their own, stopped, killed, and started again."""

import os
import pwd
import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

PATIENCE = 180.0
"""Seconds within which a program must answer on a machine that others use."""
GRACE = 60.0
"""Seconds that a program has after SIGTERM."""
KEPT_OUT = ("AWS", "PREFECT", "VAXWATCH")
"""How variables begin that this shell may have, and a stack must not see."""


def clean_environment(**more: str) -> dict[str, str]:
    """Return this process's environment without the settings of another lake or server."""
    own = {name: text for name, text in os.environ.items() if not name.startswith(KEPT_OUT)}
    return own | more


@dataclass
class Program:
    """One program, and all that is needed to start it again as it was.

    `answers`: a call that raises as long as the program does not answer. `user`: the login name
    under which it runs where this process is root; empty means ours.
    """

    name: str
    command: Sequence[str]
    folder: Path
    environment: Mapping[str, str]
    answers: Callable[[], object] = bool
    user: str = ""
    working_directory: Path | None = None
    process: subprocess.Popen[bytes] | None = field(default=None, repr=False)

    @property
    def log(self) -> Path:
        """The file of everything that it wrote, over all its starts."""
        return self.folder / f"{self.name}.log"

    @property
    def pid(self) -> int:
        """The number of its process, which is the program itself and no shell."""
        assert self.process is not None, f"{self.name} was never started"
        return self.process.pid

    def start(self) -> None:
        """Start it without waiting for an answer. It ends when this process does, however."""
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [*_bound_to_us(self.user), *self.command],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                env=dict(self.environment),
                cwd=self.working_directory or self.folder,
                start_new_session=True,
            )

    def await_answer(self, patience: float = PATIENCE) -> None:
        """Wait until it answers. Raises RuntimeError with the end of its log when it does not."""
        until, last = time.monotonic() + patience, ""
        while self.is_running() and time.monotonic() < until:
            try:
                self.answers()
            except Exception as error:  # noqa: BLE001 (whatever a program answers while it starts)
                last = f"{type(error).__name__}: {error}"
                time.sleep(0.2)
            else:
                return
        raise RuntimeError(f"{self.name} does not answer ({last}). Its log ends:\n{self.tail()}")

    def is_running(self) -> bool:
        """Return whether it has been started and has not ended."""
        return self.process is not None and self.process.poll() is None

    def signal(self, number: signal.Signals) -> None:
        """Send a signal to it alone; its children live on."""
        with suppress(ProcessLookupError):
            os.kill(self.pid, number)

    def kill(self) -> None:
        """Send SIGKILL to it and to all its descendants, as a service manager does."""
        family = [self.pid, *descendants(self.pid)]
        for pid in family:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        self.wait()

    def stop(self) -> None:
        """End it by SIGTERM, and kill what is left of it after the grace."""
        if not self.is_running():
            return
        family = descendants(self.pid)
        self.signal(signal.SIGTERM)
        with suppress(subprocess.TimeoutExpired):
            self.wait(GRACE)
        for pid in family:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        if self.is_running():
            self.kill()

    def wait(self, patience: float = GRACE) -> int:
        """Return the exit code once it has ended."""
        assert self.process is not None
        return self.process.wait(patience)

    def tail(self, size: int = 3000) -> str:
        """Return the end of its log."""
        if not self.log.exists():
            return ""
        return self.log.read_text(encoding="utf-8", errors="replace")[-size:]


def resident(pid: int) -> int:
    """Return the memory of a process [KiB]; raises OSError, or StopIteration, once it is gone."""
    status = Path(f"/proc/{pid}/status").read_text(encoding="ascii", errors="replace")
    return int(next(one for one in status.splitlines() if one.startswith("VmRSS:")).split()[1])


def descendants(pid: int) -> list[int]:
    """Return the numbers of all processes below one, however deep."""
    children: dict[int, list[int]] = {}
    for child, parent in _parents():
        children.setdefault(parent, []).append(child)
    found, open_ends = list[int](), [pid]
    while open_ends:
        below = children.get(open_ends.pop(), [])
        found += below
        open_ends += below
    return found


def _parents() -> Iterator[tuple[int, int]]:
    """Yield each process of this machine and its parent."""
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            with suppress(OSError):
                text = (entry / "stat").read_text(encoding="ascii", errors="replace")
                yield int(entry.name), int(text.rpartition(")")[2].split()[1])


def _bound_to_us(user: str) -> list[str]:
    """Return what starts a program so that it ends with us, as another user where we are root."""
    prefix = [shutil.which("setpriv") or "setpriv", "--pdeathsig=KILL"]
    if user and os.geteuid() == 0:
        entry = pwd.getpwnam(user)
        prefix += [f"--reuid={entry.pw_uid}", f"--regid={entry.pw_gid}", "--clear-groups"]
    return [*prefix, "--"]
