"""Fuzzing: one source's parser, and what follows it, on spoilt bytes, within one process.

Promises: the same seed spoils the same bytes as long as they reach the same lines of ours in the
same order; what was being read is on the disk when the process dies.
"""

import gzip
import json
import logging
import re
import resource
import signal
import sys
import time
import traceback
from collections import Counter
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from random import Random
from types import FrameType
from typing import Any

import tasks
from schemas.errors import VaxwatchError
from schemas.source import Source
from tasks.formats import pdf, pdf_reader
from tasks.formats.body_format import body_format
from tasks.formats.delimited import read_csv_rows
from tasks.formats.sniffing import kind_of
from tasks.parsing.parse_snapshot import parse_tables
from tasks.schema_drift.source_schema import columns_of, source_schema_of
from tasks.sources import source_named
from tests.golden import BODIES, bodies_of
from tests.mutations import Bodies, minimised, mutated
from tests.parsed import HAD_AT
from tests.workbooks import workbook

OURS = str(Path(tasks.__file__).parent)
MEMORY = 4 * 2**30
SECONDS = 60
"""An input that takes longer hangs; the machine may have other work to do."""
STARTED, NOW = "started", "now"
WHOLE = 12
"""Every so many inputs are read to their end: past the parser, PDFs in a process of their own."""
apart: Callable[..., dict[str, Any]] = pdf._apart


class Hang(BaseException):
    """An input that takes too long."""


class Lines:
    """The lines of ours that have run: `new` since it was last asked, `seen` ever."""

    def __init__(self) -> None:
        self.seen: set[tuple[str, int]] = set()
        self.new: set[tuple[str, int]] = set()

    def __call__(self, frame: FrameType, _event: str, _outcome: object) -> Any:
        """Trace a line of ours; pass over what is not."""
        if not frame.f_code.co_filename.startswith(OURS):
            return None
        self.new.add((frame.f_code.co_filename, frame.f_lineno))
        return self

    def is_new(self) -> bool:
        """Return whether a line ran for the first time since this was last asked."""
        more = self.new - self.seen
        self.seen |= more
        self.new.clear()
        return bool(more)


def fuzz(name: str, seconds: float, seed: int, folder: Path) -> None:
    """Fuzz a source with little memory, in a process that does nothing else."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    logging.disable()
    fuzz_source(source_named(name), seconds, Random(seed), folder)  # noqa: S311


def fuzz_source(source: Source, seconds: float, dice: Random, folder: Path) -> None:
    """Spoil and read a source's fixtures for `seconds` of CPU; write `report.json` to a folder."""
    patient()
    lines, outcomes, crashes = Lines(), Counter[str](), Counter[str]()
    groups = seeds(source, lines)
    spent = dict.fromkeys(groups, 0.0)
    (folder / STARTED).touch()
    began = time.process_time()
    while (start := time.process_time()) < began + seconds:
        group = min(spent, key=lambda one: spent[one])
        other = dice.choice(groups[dice.choice(list(groups))])
        bodies = mutated(dice.choice(groups[group]), other, dice)
        _keep(bodies, folder / NOW)
        crash, outcome = tried(source, bodies, lines, is_whole=dice.randrange(WHOLE) == 0)
        outcomes[outcome] += 1
        spent[group] += time.process_time() - start
        if lines.is_new():
            groups[group].append(bodies)
        if crash and crash not in crashes:
            least = minimised(bodies, lambda less, c=crash: tried(source, less, lines)[0] == c)
            _keep(least, folder / f"crash-{len(crashes) + 1}")
        if crash:
            crashes[crash] += 1
    count = outcomes.total()
    report = {
        "executions": count,
        "rate": count / (time.process_time() - began),
        "outcomes": len(outcomes),
        "lines": len(lines.seen),
        "crashes": [f"{crash} ({times} times)" for crash, times in crashes.items()],
        "told": outcomes.most_common(),
    }
    (folder / "report.json").write_text(json.dumps(report, indent=1))


def seeds(source: Source, lines: Lines) -> dict[str, list[Bodies]]:
    """Return the fixtures of a source by their kind, packed as well, as far as it reads them."""
    plain = [bodies_of(path) for path in BODIES if path.parent.name == source.name]
    tables = [bodies["main"] for bodies in plain if kind_of(bodies.get("main", b"")) == "text"]
    made = [{"main": gzip.compress(body)} for body in tables]
    made += [{"main": workbook(read_csv_rows(body, where="fuzz"))} for body in tables]
    found: dict[str, list[Bodies]] = {}
    for bodies in (*plain, *made):
        if bodies in plain or tried(source, bodies, lines)[1] == "read":
            found.setdefault(kind_of(next(iter(bodies.values()))), []).append(bodies)
    return found


def tried(
    source: Source, bodies: Bodies, lines: Lines, *, is_whole: bool = True
) -> tuple[str, str]:
    """Return how reading a snapshot crashed, blank where it did not, and what came of it."""
    pdf._apart = apart if is_whole else _near
    parsed: Mapping[str, Any] = {}
    signal.setitimer(signal.ITIMER_REAL, SECONDS)
    before = sys.gettrace()  # what measures coverage, where something does
    sys.settrace(lines)
    try:
        try:
            if source.gather and is_whole:
                answers = iter(bodies.values())
                source.gather(lambda *_, **_how: next(answers, b""), source.url)
            parsed = source.parse(bodies)
            if is_whole or lines.new - lines.seen:
                parse_tables(source, parsed, retrieved_at=HAD_AT)
        finally:
            formats = {name: body_format(body) for name, body in bodies.items()}
            columns = {name: columns_of(frame) for name, frame in parsed.items()}
            source_schema_of(formats, columns, parser_version=1)
    except VaxwatchError as error:
        text = str(error)  # it ends with a stop, or with the command to type next
        is_sentence = (text.endswith(".") or "Then: vaxwatch " in text[-80:]) and len(text) < 2_000
        answer = f"{type(error).__name__}: {re.sub(r'[^a-zA-Z ]+', ' ', str(error))[:60]}"
        return ("" if is_sentence else f"no sentence: {error}"[:300]), answer
    except BaseException as error:  # noqa: BLE001 (a panic of a library is no Exception)
        return _crash(error), type(error).__name__
    finally:
        sys.settrace(before)
        signal.setitimer(signal.ITIMER_REAL, 0)
    return "", "read"


def _crash(error: BaseException) -> str:
    """Return the kind of a crash and the innermost line of ours: they identify the crash."""
    frames = [
        frame for frame in traceback.extract_tb(error.__traceback__) if OURS in frame.filename
    ]
    place = f"{Path(frames[-1].filename).name}:{frames[-1].lineno}" if frames else "nowhere"
    return f"{type(error).__name__} at {place}"


def _near(body: bytes, where: str, limits: pdf.PdfLimits, *words: int) -> Any:
    """Do what `pdf._apart` does for the words of a document within this process: it is faster."""
    if words:
        return apart(body, where, limits, *words)
    try:
        answer = pdf_reader.words_answer(body, limits.pages)
    except (Exception, Hang) as error:  # noqa: BLE001 (in a process of its own they end that alone)
        answer = {"fault": "damaged", "seen": repr(error)}
    if "fault" in answer:
        raise pdf._refusal(answer, where, limits)
    return answer


def _keep(bodies: Bodies, folder: Path) -> None:
    folder.mkdir(exist_ok=True)
    for old in folder.iterdir():
        old.unlink()
    for name, body in bodies.items():
        with suppress(OSError):
            (folder / name).write_bytes(body)


def patient() -> None:
    """Let the alarm end an input that takes too long."""
    signal.signal(signal.SIGALRM, _hang)


def _hang(_signal: int, _frame: FrameType | None) -> None:
    raise Hang
