"""What proves each alert of the demo: rows of the archive, and a command that shows the figures."""

import json
import shlex
import shutil
from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from tasks.alerts.alert_proof import siblings_sentence
from tasks.alerts.rules.registry import RULES
from tests.rules_page import PAGE
from tests.tasks.site.country.country_lakes import demo_folder
from tests.vaxwatch.lakes import CUT, Ask
from vaxwatch.commands.app import app

pytestmark = pytest.mark.long
Document = dict[str, Any]
Call = Callable[..., Any]


@pytest.fixture(scope="module")
def demo() -> Path:
    """Return the demo's lake."""
    return demo_folder()


@pytest.fixture(scope="module")
def call(demo: Path) -> Call:
    """Return a function that runs a command on the demo's lake and returns its JSON document."""

    def run(*words: str) -> Any:
        result = CliRunner().invoke(app, [*words, "--json", "--lake", str(demo)])
        assert result.exit_code == 0, result.stderr
        return json.loads(result.stdout)

    return run


@pytest.fixture(scope="module")
def alerts(call: Call) -> list[Document]:
    """Return every alert of the demo as `alerts show` answers it."""
    return [call("alerts", "show", alert["fingerprint"]) for alert in call("alerts", "list")]


def moved(rows: Sequence[Document], key: Document, column: str) -> float:
    """Return by how much a figure differs over all rows of a diff that have a key."""
    own = [row for row in rows if row["column"] == column and key.items() <= row["key"].items()]
    return sum((row["after"] or 0) - (row["before"] or 0) for row in own)


def test_the_command_of_each_alert_shows_its_figures(alerts: list[Document]) -> None:
    """It runs as it is typed, the lake's name with its blank included."""
    assert {alert["rule"] for alert in alerts} >= {"R0", "R1", "R2", "R9", "R17"}
    assert all("'" in alert["command"] for alert in alerts)

    @cache
    def answered(*words: str) -> Any:
        result = CliRunner().invoke(app, [*words, "--json"])
        assert result.exit_code == 0, result.stderr
        return json.loads(result.stdout)

    for alert in alerts:
        program, *words = shlex.split(alert["command"])
        assert program == "vaxwatch"
        document = answered(*words)
        children = alert["events"][0]["evidence"].get("children")
        parts = children or [alert]
        if words[0] == "diff":
            for part in parts:
                change = (part["after"] or 0) - (part["before"] or 0)
                assert moved(document, part["key"], alert["column"]) == change, alert["sentence"]
        else:
            assert words[0] == "asof"
            assert document["rows"], alert["sentence"]


def test_the_rows_of_each_alert_are_quoted_from_the_archive(alerts: list[Document]) -> None:
    """Both versions, with the objects that hold the bytes."""
    for alert in alerts:
        versions = alert["raw_rows"]
        stated = [one["as_of"] for one in versions]
        assert stated == [at for at in (alert["previous_as_of"], alert["as_of"]) if at]
        for version in versions:
            assert version["unparsable"] is None
            assert version["bodies"][0]["archived"].startswith("raw/bodies/")
            assert all(row["text"] for row in version["rows"])
    [cut] = [one for one in alerts if one["rule"] == "R1" and one["severity"] == "critical"]
    texts = [[row["text"] for row in version["rows"]] for version in cut["raw_rows"]]
    assert '"8,115,600"' in texts[0][0]
    assert [name in " ".join(texts[1]) for name in ('"1,288,800"', '"252,000"')] == [True, True]


def test_each_alert_has_what_the_other_countries_did(alerts: list[Document]) -> None:
    """In a sentence, from the evidence of its own version."""
    [gone] = [one for one in alerts if one["rule"] == "R2" and one["key"] == {"iso3": "VEN"}]
    assert gone["siblings"].startswith("In this version the figure rose for 1 country, fell for 25")
    assert all(one["siblings"] for one in alerts)


def test_every_rule_has_an_anchor_on_the_page_that_alerts_name(alerts: list[Document]) -> None:
    """`docs/rules.md#r1` leads somewhere."""
    page = PAGE.read_text("utf-8")
    for alert in alerts:
        file, _, anchor = alert["runbook"].partition("#")
        assert PAGE.as_posix().endswith(file)
        assert f'<a id="{anchor}"></a>' in page
    for rule in RULES:
        assert f'<a id="{rule.id.lower()}"></a>' in page


def test_an_alert_is_drawn_with_its_rows_or_why_there_are_none(ask: Ask) -> None:
    """Bytes that are no table are a sentence."""
    drawn = " ".join(ask("alerts", "show", CUT.fingerprint).out.split())
    assert "Reproduce: vaxwatch asof unicef_market.allocations" in drawn
    assert "What the rule means and how to check it: docs/rules.md#r1" in drawn
    assert "The rows cannot be quoted: unicef_market: seen a header without any row" in drawn


def test_an_alert_whose_bytes_are_gone_is_still_shown(ask: Ask, demo: Path, tmp_path: Path) -> None:
    """The rest of the answer stays."""
    lake = tmp_path / "lake"
    shutil.copytree(demo, lake)
    for path in (lake / "raw" / "bodies").rglob("*.zst"):
        path.unlink()
    fingerprint = ask("alerts", "list", "--json", at=lake).document[0]["fingerprint"]
    answer = ask("alerts", "show", fingerprint, "--json", at=lake)
    assert answer.code == 0
    assert {one["unparsable"] is None for one in answer.document["raw_rows"]} == {False}


@pytest.mark.parametrize(
    ("around", "sentence"),
    [
        (
            {"rose": 0, "fell": 1, "stayed": 0, "appeared": 0, "vanished": 0},
            "In this version the figure fell for 1 country.",
        ),
        (
            {"rose": 2, "fell": 0, "stayed": 1_000, "appeared": 0, "vanished": 1},
            "In this version the figure rose for 2 countries, stayed for 1,000 and vanished for 1.",
        ),
        (
            dict.fromkeys(("rose", "fell", "stayed", "appeared", "vanished"), 0),
            "In this version the figure is of no country.",
        ),
    ],
)
def test_the_sentence_leaves_out_what_no_country_did(around: Document, sentence: str) -> None:
    """And the sums, where there are none."""
    totals = {"total_before": None, "total_after": None}
    assert siblings_sentence(around | totals, "secured_share") == sentence
