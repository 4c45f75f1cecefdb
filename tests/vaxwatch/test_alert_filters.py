"""The filters of `alerts list`, and `alerts backtest`."""

from pathlib import Path

import polars as pl
import pytest

from tests.vaxwatch.lakes import Ask


def rules(ask: Ask, *words: str) -> list[str]:
    """Return the rules of the alerts that are listed."""
    return sorted(alert["rule"] for alert in ask("alerts", "list", "--json", *words).document)


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (["--open"], ["R0", "R1"]),
        (["--since", "2022-02-10"], ["R0", "R1"]),
        (["--since", "2022-02-11"], ["R0"]),
        (["--since", "2022-02-10T00:00:01Z"], ["R0"]),
        (["--new"], ["R0"]),
        (["--country", "prk"], ["R0", "R1"]),
        (["--country", "Haiti"], []),
        (["--source", "unicef_market", "--rule", "r1"], ["R1"]),
        (["--source", "find_tests"], []),
        (["--shadow"], []),
    ],
)
def test_alerts_are_chosen(ask: Ask, words: list[str], expected: list[str]) -> None:
    """All filters must hold; names are found in any case."""
    assert rules(ask, *words) == expected


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--since", "soon"], "--since is 'soon'; expected a day or a time"),
        (["--country", "Atlantis"], "--country is 'Atlantis', which is no country"),
        (["--source", "unicef"], "--source is 'unicef', which is none. Near it or known: unicef_"),
        (["--rule", "R111"], "--rule is 'R111', which is none. Near it or known: R11"),
    ],
)
def test_an_unknown_name_is_wrong_use(ask: Ask, words: list[str], message: str) -> None:
    """With those near it."""
    answer = ask("alerts", "list", *words)
    assert (answer.code, message in " ".join(answer.err.split())) == (2, True)


def test_a_backtest_compares_with_the_record(ask: Ask, tmp_path: Path) -> None:
    """What is gone, new or changed, as a table, a file and a picture; nothing is recorded."""
    before = ask("alerts", "list", "--json").document
    out, chart = tmp_path / "changes.csv", tmp_path / "rules.svg"
    document = ask(
        "alerts", "backtest", "unicef_market", "--json", "--out", str(out), "--chart", str(chart)
    ).document
    assert {one["change"] for one in document["changes"]} <= {"new", "gone", "changed"}
    assert pl.read_csv(out).height == len(document["changes"]) > 0
    assert chart.read_text("utf-8").startswith("<svg")
    high = ask(
        *("alerts", "backtest", "--json", "--rules", "R1", "--set", "R1.least_fall=1")
    ).document
    assert {one["rule"] for one in high["counts"]} == {"R1"}
    assert ask("alerts", "list", "--json").document == before
    assert "nothing was recorded" in ask("alerts", "backtest").out


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--set", "R1"], "--set is 'R1'; expected RULE.NAME=VALUE"),
        (["--set", "R1.least_fall=20"], "least_fall is 20; expected a share from 0 to 1"),
        (["--set", "R1.least_fall=x"], "least_fall is 'x'; expected a share"),
        (["--set", "R111.x=1"], "there is no rule 'R111'"),
        (["--rules", "R111"], "There is no rule 'R111'"),
        (["nowhere"], "There is no ingested source 'nowhere'"),
        (["--out", "x.txt"], "--out x.txt: expected a name that ends in .csv"),
        (["--chart", "nowhere/x.svg"], "there is no folder nowhere"),
    ],
)
def test_a_backtest_that_cannot_be_is_wrong_use(ask: Ask, words: list[str], message: str) -> None:
    """Before anything is evaluated."""
    answer = ask("alerts", "backtest", *words)
    assert (answer.code, message in " ".join(answer.err.split())) == (2, True)
