"""The page on rules has a section for each rule of the registry."""

import re

import pytest

from tasks.alerts.rules.model.rule import Rule
from tasks.alerts.rules.registry import RULES
from tests.rules_page import PAGE, facts_of, severity_table


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_every_rule_has_its_section(rule: Rule) -> None:
    """Meaning, thresholds as the rule uses them, how to check, known causes."""
    section = PAGE.read_text("utf-8").partition(f"\n## {rule.id}: ")[2].partition("\n## ")[0]
    for text in ("Means", "Check", "Known causes"):
        assert re.search(rf"^\*\*{text}\.\*\* \S", section, re.MULTILINE)
    assert facts_of(rule) in section


def test_no_other_rule_has_a_section() -> None:
    """The page describes rules that are built, in the order of the registry."""
    described = re.findall(r"^## (R\d+):", PAGE.read_text("utf-8"), re.MULTILINE)
    assert described == [rule.id for rule in RULES]
    assert len(set(described)) == len(described)


def test_the_scale_of_severity_is_the_one_in_use() -> None:
    """The table on the page is made of the same figures."""
    assert severity_table() in PAGE.read_text("utf-8")
