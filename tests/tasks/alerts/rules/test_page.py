"""The page on rules: it has every rule that is built, with the thresholds that are used."""

import re

import pytest

from tasks.alerts.rules.thresholds import PARAMETERS
from tests.rules_page import PAGE, parameters_of, severity_table


def section(rule: str) -> str:
    """Return what the page says of a rule."""
    found = re.search(
        rf"^## {rule}: .*?(?=^## )", PAGE.read_text("utf-8"), re.DOTALL | re.MULTILINE
    )
    assert found, rule
    return found.group()


@pytest.mark.parametrize("rule", PARAMETERS)
def test_every_rule_has_a_section_with_its_thresholds(rule: str) -> None:
    """Meaning, thresholds as the rule uses them, how to check, known causes."""
    said = section(rule)
    assert parameters_of(rule) in said
    assert all(f"**{word}.**" in said for word in ("Means", "Check", "Known causes"))


def test_no_other_rule_has_a_section() -> None:
    """A rule that is not built is not described as if it were."""
    assert re.findall(r"^## (R\d+):", PAGE.read_text("utf-8"), re.MULTILINE) == list(PARAMETERS)


def test_the_scale_of_severity_is_the_one_in_use() -> None:
    """The table on the page is made of the same figures."""
    assert severity_table() in PAGE.read_text("utf-8")
