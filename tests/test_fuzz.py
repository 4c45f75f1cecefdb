import gzip
import io
import sys
import time
import zipfile
import zlib
from dataclasses import replace
from pathlib import Path
from random import Random

import pytest

import tests.fuzzing
from schemas.errors import BadBody
from schemas.source import Bodies
from tasks.sources import source_named
from tests.fuzz import main
from tests.fuzzing import Lines, seeds, tried
from tests.golden import BODIES, bodies_of
from tests.mutations import minimised, mutated

SOURCE = source_named("who_cases")
GOOD = bodies_of(next(path for path in BODIES if path.parent.name == SOURCE.name))


def dice(seed: int) -> Random:
    """Return dice that fall in the same way every time."""
    return Random(seed)  # noqa: S311


def crashing(_bodies: Bodies) -> dict[str, object]:
    """Fail as no parser may."""
    raise IndexError


def mumbling(_bodies: Bodies) -> dict[str, object]:
    """Refuse without a sentence."""
    raise BadBody("here", "x", "y", "z")


def hanging(_bodies: Bodies) -> dict[str, object]:
    """Take too long."""
    time.sleep(30)
    return {}


def test_what_a_source_reads_or_refuses_in_words_is_no_crash() -> None:
    """A sound body is read, a spoilt one is refused; new lines of ours are noticed once."""
    lines = Lines()
    assert tried(SOURCE, GOOD, lines) == ("", "read")
    assert lines.is_new()
    assert not lines.is_new()
    crash, outcome = tried(SOURCE, {"main": b"<html>"}, lines)
    assert (crash, outcome[:17]) == ("", "BadBody: who cases"[:17])


def test_whoever_traced_before_traces_again() -> None:
    """A tracer that is there (coverage is one) sees what comes after the input, as before."""

    def tracer(*_event: object) -> None:
        """See nothing."""

    before = sys.gettrace()
    sys.settrace(tracer)
    try:
        tried(SOURCE, GOOD, Lines())
        assert sys.gettrace() is tracer
    finally:
        sys.settrace(before)


@pytest.mark.parametrize(
    ("parse", "crash"),
    [(crashing, "IndexError at nowhere"), (mumbling, "no sentence: here: seen x; expected y. z")],
)
def test_another_error_or_no_sentence_is_a_crash(parse: object, crash: str) -> None:
    """Its kind and the innermost product line identify it."""
    assert tried(replace(SOURCE, parse=parse), GOOD, Lines())[0] == crash


def test_an_input_that_takes_too_long_is_a_crash(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is stopped at the limit."""
    monkeypatch.setattr(tests.fuzzing, "SECONDS", 0.1)
    tests.fuzzing.patient()
    assert tried(replace(SOURCE, parse=hanging), GOOD, Lines())[0].startswith("Hang")


def test_the_same_dice_spoil_in_the_same_way_and_inside_of_wrappings() -> None:
    """What was packed can mostly be unpacked again, and then says something else."""
    spoilt = [mutated(GOOD, GOOD, dice(7)) for _ in range(2)]
    assert spoilt[0] == spoilt[1] != GOOD
    packed, thrown = {"main": gzip.compress(GOOD["main"])}, dice(1)
    texts = [_opened(mutated(packed, packed, thrown)["main"]) for _ in range(40)]
    assert len(set(texts) - {None}) > 15


def test_seeds_are_what_a_source_reads() -> None:
    """Its fixtures, and their tables in gzip; a workbook where it reads workbooks."""
    assert set(seeds(SOURCE, Lines())) == {"text", "gzip"}
    market = seeds(source_named("unicef_market"), Lines())
    assert set(market) == {"text", "gzip", "zip", "json"}
    assert zipfile.is_zipfile(io.BytesIO(market["zip"][0]["main"]))


def test_what_crashes_is_minimised() -> None:
    """Only the bytes that matter are left."""
    least = minimised({"main": b"abc" * 50 + b"!" + b"def" * 50}, lambda one: b"!" in one["main"])
    assert least == {"main": b"!"}


@pytest.mark.thorough
def test_a_run_reports_executions_and_no_crash(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """One line a source; exit code 0."""
    asked = ["--seconds", "0.5", "--source", "un_population", "--found", str(tmp_path)]
    assert main(asked) == 0
    header, line = capsys.readouterr().out.splitlines()
    assert header.split() == ["source", "executions", "per", "s", "outcomes", "lines", "crashes"]
    name, executions, *_, crashes = line.split()
    assert (name, crashes) == ("un_population", "0")
    assert int(executions.replace(",", "")) > 0


def test_a_crash_is_saved_and_fails_the_run(tmp_path: Path) -> None:
    """The folder of its source and seed has the bytes and how often it came."""

    def picky(bodies: Bodies) -> dict[str, object]:
        """Fail at a mark that no fixture has."""
        return crashing(bodies) if b";" in bodies["main"] else dict(SOURCE.parse(bodies))

    tests.fuzzing.fuzz_source(replace(SOURCE, parse=picky), 2.0, dice(1), tmp_path)
    assert (tmp_path / "crash-1" / "main").read_bytes() == b";"
    assert "IndexError" in (tmp_path / "report.json").read_text()


def _opened(body: bytes) -> bytes | None:
    try:
        return gzip.decompress(body)
    except (OSError, EOFError, zlib.error):
        return None
