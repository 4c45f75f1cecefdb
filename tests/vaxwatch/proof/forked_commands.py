"""Commands as real processes: each is forked from a warm interpreter, and may be killed for good.

The interpreter has imported the command line and the pipeline and has done nothing yet, so a
command costs no start of its own.
"""

import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from multiprocessing import get_context
from multiprocessing.process import BaseProcess
from pathlib import Path
from pkgutil import resolve_name
from typing import Any

from tests.vaxwatch.lakes import Answer
from vaxwatch.__main__ import main

PATIENCE = 300
"""Seconds; a command that takes longer hangs."""
WARM = [
    "vaxwatch.__main__",
    "vaxwatch.commands.program",
    "tasks.alerts.update_alerts",
    "tasks.quality.run_quality",
    *(f"tasks.pipeline.{name}" for name in ("backfill", "ingest", "rebuild", "replay", "retract")),
    *("tasks.steps.derived_files", "tasks.pipeline.recovery", "boto3"),
    "tests.vaxwatch.proof.forked_commands",
]
FORKS = get_context("forkserver")
FORKS.set_forkserver_preload(WARM)
KEPT_OUT = ("AWS", "PREFECT", "VAXWATCH")


@dataclass(frozen=True)
class Command:
    """One process that works on a lake, and the file of what it writes."""

    words: tuple[str, ...]
    process: BaseProcess
    written: Path

    def kill(self) -> None:
        """Send SIGKILL, which nothing can catch."""
        self.process.kill()

    def ended(self) -> Answer:
        """Wait for its end; return the exit code, -9 of one that was killed, and its text."""
        self.process.join(PATIENCE)
        code = self.process.exitcode
        assert code is not None, self.words
        self.process.close()
        text = self.written.with_suffix(".err").read_text()
        return Answer(code, self.written.read_text(), text)


def begun(folder: Path, *words: str, environment: Mapping[str, str]) -> Command:
    """Start `vaxwatch WORDS…` in a folder; its output goes to a file there."""
    return _started(folder, words, environment, _command_line)


def begun_flow(
    folder: Path, name: str, parameters: Mapping[str, Any], *, environment: Mapping[str, str]
) -> Command:
    """Start the function of a Prefect flow: what its run calls, without a server."""
    return _started(folder, (name, repr(parameters)), environment, _flow, parameters)


def _started(
    folder: Path, words: tuple[str, ...], environment: Mapping[str, str], *rest: Any
) -> Command:
    number = sum(1 for _ in folder.glob("*.out"))
    written = folder / f"{number}.out"
    for path in (written, written.with_suffix(".err")):
        path.touch()
    process = FORKS.Process(target=_in_child, args=(words, folder, written, environment, *rest))
    process.start()
    return Command(words, process, written)


def _in_child(
    words: tuple[str, ...],
    folder: Path,
    written: Path,
    environment: Mapping[str, str],
    act: Any,
    *given: Any,
) -> None:
    for place, path in ((1, written), (2, written.with_suffix(".err"))):
        os.dup2(os.open(path, os.O_WRONLY), place)
    for name in [name for name in os.environ if name.startswith(KEPT_OUT)]:
        del os.environ[name]
    os.environ.update(environment)
    os.chdir(folder)
    act(words, *given)


def _command_line(words: tuple[str, ...]) -> None:
    sys.argv = ["vaxwatch", *words]
    main()


def _flow(words: tuple[str, ...], parameters: Mapping[str, Any]) -> None:
    name = words[0]
    resolve_name(f"flows.{name}:{name}").fn(**parameters)
