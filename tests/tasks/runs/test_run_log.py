import json
import logging
from datetime import UTC, datetime

import pytest

from schemas.records import Outcome, TableCounts
from tasks.runs.run_log import LOGGER, StepLog, facts_of, line_of, shown
from tasks.runs.run_step import run_here

DAY = datetime(2022, 2, 10, tzinfo=UTC)
COUNTS = TableCounts(rows=9, inserted=2, updated=1, deleted=4, quarantined=3)
OUTCOME = Outcome(source="who_cases", id="v", as_of=DAY, verdict="new", tables={"cases": COUNTS})


def test_a_step_writes_one_line_with_what_its_result_gives(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As key=value, or as JSON; the fields are the same, in the same order."""
    log = StepLog(run_here, "who_cases", "s3://key:secret@bucket/lake")
    names = ["step", "source", "as_of", "vintage", "rows", "new", "quarantined", "seconds", "lake"]
    with caplog.at_level("INFO", logger=LOGGER):
        assert log("publish-snapshots", lambda: [OUTCOME]) == [OUTCOME]
        monkeypatch.setenv("VAXWATCH_LOG", "json")
        log("publish-snapshots", lambda: [OUTCOME])
    text, document = caplog.messages[0], json.loads(caplog.messages[1])
    assert [pair.partition("=")[0] for pair in text.split(" ")] == names
    assert list(document) == names
    assert [document[name] for name in ("rows", "new", "quarantined")] == [9, 3, 3]
    assert document["lake"] == "s3://bucket/lake"
    assert "secret" not in caplog.text


def test_many_outcomes_are_counted_and_nothing_gives_nothing() -> None:
    """A line names one vintage, or how many there are."""
    assert facts_of([OUTCOME, OUTCOME])["vintages"] == 2
    assert facts_of([]) == facts_of(None) == facts_of("text") == {}


@pytest.mark.parametrize("as_json", [True, False])
def test_text_of_a_source_cannot_act_on_a_terminal(as_json: bool) -> None:  # noqa: FBT001
    """Nor begin another line, nor another field."""
    line = line_of({"error": 'a\nrows=7 \x1b[31m "b" \u202e'}, as_json=as_json)
    assert line.isprintable()
    assert "\n" not in line
    if as_json:
        assert json.loads(line)["error"].startswith("a rows=7")
    else:
        assert line.startswith('error="a rows=7')


def test_each_line_of_a_json_log_is_an_object(monkeypatch: pytest.MonkeyPatch) -> None:
    """Lines of other loggers, too."""
    record = logging.LogRecord("prefect", logging.INFO, "", 0, "Finished.", None, None)
    assert shown(record, "Finished.") == "prefect: Finished."
    monkeypatch.setenv("VAXWATCH_LOG", "json")
    found = json.loads(shown(record, "Finished."))
    assert found == {"logger": "prefect", "level": "INFO", "message": "Finished."}
