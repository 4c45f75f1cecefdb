"""Methods and glossary: how versions are kept and judged, and what the words and figures mean."""

from collections.abc import Iterator
from functools import partial
from typing import Any, Final

from schemas.figure_kinds import figure_kind
from schemas.figure_wording import noun
from schemas.tables import TABLES, descriptions_of, dtypes_of, key_of
from schemas.units import unit_of
from tasks.alerts.rules.model.parameter import Parameter
from tasks.alerts.rules.model.rule import Rule
from tasks.alerts.rules.model.severity import GONE, SCALE
from tasks.alerts.rules.registry import RULES
from tasks.site.addresses import info_page
from tasks.site.page_file import PageFile, page_file
from tasks.site.rendering import html_page
from tasks.site.site_content import SiteContent

KINDS: Final = {
    "promise": "may rise and fall",
    "counter": "counts since the beginning, so it does not fall unless it is corrected",
    "flow": "is what was counted in one period",
    "other": "",
}


def methods_pages(_: SiteContent) -> Iterator[PageFile]:
    """Yield the pages that follow from the program alone: methods and glossary."""
    methods, glossary = info_page("methods"), info_page("glossary")
    yield page_file(
        methods,
        partial(html_page, "methods.html", methods),
        {"rules": [_rule(one) for one in RULES], "scale": scale(), "gone": GONE},
    )
    yield page_file(glossary, partial(html_page, "glossary.html", glossary), {"figures": figures()})


def _rule(rule: Rule) -> dict[str, Any]:
    return {
        "id": rule.id,
        "title": rule.title,
        "grain": rule.grain,
        "severities": list(rule.severities),
        "parameters": [
            {"name": name, "value": value_text(one), "description": one.description}
            for name, one in rule.parameters.items()
        ],
    }


def value_text(parameter: Parameter) -> str:
    """Return the value of a threshold with its unit.

    >>> value_text(Parameter(0.1, "", "share")), value_text(Parameter(10_000, "", "count"))
    ('10 %', '10,000')
    """
    if parameter.unit == "share":
        return f"{parameter.value * 100:g} %"
    return f"{parameter.value:,}" if parameter.unit == "count" else f"{parameter.value:.0e}"


def scale() -> list[dict[str, Any]]:
    """Return the scale of severity, the worst first."""
    return [
        {
            "severity": level.severity,
            "fall": f"{level.fall * 100:g} %",
            "amount": f"{level.amount:,}",
            "per_head": f"{level.per_head * 100:g} %" if level.per_head is not None else "",
        }
        for level in SCALE
    ]


def figures() -> list[dict[str, Any]]:
    """Return every figure of the tables with its unit, its meaning and its tables, by name."""
    found: dict[str, dict[str, Any]] = {}
    for table in TABLES:
        descriptions = descriptions_of(table)
        for name, kind in dtypes_of(table).items():
            if name in key_of(table) or not kind.is_numeric():
                continue
            entry: dict[str, Any] = {
                "name": name,
                "noun": noun(name),
                "unit": unit_of(name),
                "description": descriptions[name],
                "kind": KINDS[figure_kind(name)],
                "tables": [],
            }
            found.setdefault(name, entry)["tables"].append(table)
    return [found[name] for name in sorted(found)]
