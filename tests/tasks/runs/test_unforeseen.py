"""An error that nobody foresaw is found in the log: what it is, and which calls led to it."""

import pytest

from schemas.errors import WrongUse
from tasks.runs.unforeseen import log_unforeseen


def broken(address: str) -> None:
    """Fail as a fault in the program does."""
    raise KeyError(f"no column at {address}")


def test_the_line_names_error_and_calls_and_no_secret(caplog: pytest.LogCaptureFixture) -> None:
    """An error that was foreseen has its sentence, and no line here."""
    try:
        broken("https://me:pw@example.org/a.csv")
    except KeyError as error:
        log_unforeseen(error, "ingest", "who_cases")
    log_unforeseen(WrongUse("It is gone."), "ingest")
    [line] = caplog.messages
    assert line.startswith('step=ingest source=who_cases error="unforeseen KeyError: ')
    assert "test_unforeseen.py" in line
    assert " broken" in line
    assert "pw@" not in line
