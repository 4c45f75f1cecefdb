"""The command `metrics`: what Prometheus reads."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import httpx
from prometheus_client.parser import text_string_to_metric_families

from tests.servers import free_port
from tests.vaxwatch.lakes import Ask, fill

Samples = dict[tuple[str, ...], float]


def samples(text: str) -> Samples:
    """Return the samples by name and sorted values of labels, read by Prometheus' parser."""
    return {
        (sample.name, *(value for _, value in sorted(sample.labels.items()))): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def test_metrics_show_the_status(ask: Ask) -> None:
    """Every metric has a help text and the unit in its name."""
    answer = ask("metrics", "--raw")
    assert answer.code == 0
    found = samples(answer.out)
    assert found["vaxwatch_up",] == 1
    assert found["vaxwatch_source_overdue", "unicef_market"] == 1
    assert found["vaxwatch_source_state", "unicef_market", "stale"] == 1
    assert found["vaxwatch_source_state", "who_cases", "never"] == 1
    assert found["vaxwatch_held_vintages", "who_searo_testing"] == 1
    assert found["vaxwatch_quarantined_rows", "who_searo_testing"] == 1
    assert found["vaxwatch_newest_vintage_timestamp_seconds", "unicef_market"] == 1645488000
    assert ("vaxwatch_newest_vintage_age_seconds", "who_cases") not in found
    assert found["vaxwatch_raw_snapshots", "unicef_market"] == 3
    assert found["vaxwatch_open_alerts", "critical", "unicef_market"] == 1
    assert answer.out.count("# HELP") == answer.out.count("# TYPE") > 15


def test_runs_are_counted_by_the_state_in_which_they_ended(ask: Ask, tmp_path: Path) -> None:
    """By source and operation, from their records in the lake."""
    fill(str(tmp_path))
    for _ in range(3):
        assert ask("marts", at=tmp_path).code == 0
    found = samples(ask("metrics", "--raw", at=tmp_path).out)
    assert found["vaxwatch_runs", "marts", "marts", "Published"] == 1
    assert found["vaxwatch_runs", "marts", "marts", "Unchanged"] == 2
    assert found["vaxwatch_last_run_state", "marts", "marts", "Unchanged"] == 1


def test_a_file_is_replaced_whole(ask: Ask, tmp_path: Path) -> None:
    """No other file is left; without a lake the last one stays."""
    file = tmp_path / "vaxwatch.prom"
    file.write_text("old")
    assert ask("metrics", "--out", str(file)).code == 0
    assert samples(file.read_text())["vaxwatch_up",] == 1
    assert [path.name for path in tmp_path.iterdir()] == ["vaxwatch.prom"]
    before = file.read_bytes()
    answer = ask("metrics", "--out", str(file), at=tmp_path / "none")
    assert (answer.code, answer.err.count("\n")) == (2, 1)
    assert file.read_bytes() == before


def test_options_that_do_not_fit_are_wrong_use(ask: Ask) -> None:
    """One sentence each."""
    for words in (
        ("--out", "a.txt"),
        ("--out", "a.prom", "--port", "9000"),
        ("--out", "none/a.prom"),
    ):
        answer = ask("metrics", *words)
        assert answer.code in {1, 2}, words
        assert answer.err.count("\n") == 1, words
        assert "unforeseen" not in answer.err, words


def test_metrics_are_served_on_loopback_until_the_signal(tmp_path: Path) -> None:
    """A lake that cannot be read is `up 0`, with the sentence in the log."""
    lake, port = tmp_path / "lake", free_port()
    words = [sys.executable, "-m", "vaxwatch", "metrics", "--port", str(port), "--lake", str(lake)]
    with subprocess.Popen(words, cwd=tmp_path, stderr=subprocess.PIPE, text=True) as server:
        try:
            address = f"http://127.0.0.1:{port}/metrics"
            assert samples(_answer(address)) == {("vaxwatch_up",): 0}
            fill(str(lake))
            assert samples(_answer(address))["vaxwatch_vintages", "unicef_market"] == 3
            taken = subprocess.run(words, cwd=tmp_path, capture_output=True, text=True, check=False)
            assert (taken.returncode, taken.stderr.count("\n")) == (2, 1)
        finally:
            os.kill(server.pid, signal.SIGTERM)
        assert server.wait(20) == 143
        assert server.stderr is not None
        log = server.stderr.read()
    assert "There is no lake at" in log
    assert "Traceback" not in log


def _answer(address: str) -> str:
    until = time.monotonic() + 60
    while True:
        try:
            return httpx.get(address, timeout=30).raise_for_status().text
        except httpx.ConnectError:
            assert time.monotonic() < until
            time.sleep(0.2)
