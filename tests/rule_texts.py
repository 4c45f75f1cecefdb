"""The texts of docs/rules.md that pages of alerts show.

`make docs` writes them into the package; the page itself is not in the wheel.
"""

import json
import re
from pathlib import Path

from tasks.site.alerts.rule_texts import FIELDS, FILE
from tests.rules_page import PAGE

ROOT = Path(__file__).resolve().parents[1]
TARGET = ROOT / "tasks" / "site" / "alerts" / FILE
LABELS = {"means": "Means", "check": "Check", "causes": "Known causes"}


def texts_of(page: str) -> dict[str, dict[str, str]]:
    """Return by rule its title and the paragraphs that the page has under each label."""
    found: dict[str, dict[str, str]] = {}
    for section in re.split(r"^## (?=R\d)", page, flags=re.MULTILINE)[1:]:
        head, _, body = section.partition("\n")
        rule, _, title = head.partition(": ")
        values = {name: _paragraph(body, label) for name, label in LABELS.items()}
        found[rule] = {"title": title, **values}
        assert set(found[rule]) == set(FIELDS)
    return found


def _paragraph(body: str, label: str) -> str:
    match = re.search(rf"^\*\*{label}\.\*\* (.+?)(?:\n\n|\Z)", body, re.DOTALL | re.MULTILINE)
    text = " ".join(match[1].split()) if match else ""
    text = re.sub(r"\[([^\]]+)\]\([^)]+\)", r"\1", text)
    return text.replace("`", "").replace("*", "")


def write() -> None:
    """Write the texts into the package."""
    texts = texts_of(PAGE.read_text(encoding="utf-8"))
    TARGET.write_text(json.dumps(texts, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
