import json

from tasks.alerts.rules.registry import RULES
from tasks.site.alerts.rule_texts import rule_text
from tests.rule_texts import TARGET, texts_of
from tests.rules_page import PAGE


def test_the_texts_of_the_rules_are_those_of_the_document() -> None:
    """`make docs` writes them again."""
    texts = texts_of(PAGE.read_text(encoding="utf-8"))
    assert json.loads(TARGET.read_text(encoding="utf-8")) == texts


def test_every_rule_has_a_text_for_its_page() -> None:
    """What it means, how to check it, what else it may be."""
    for rule in RULES:
        assert all(rule_text(rule.id).values()), rule.id
