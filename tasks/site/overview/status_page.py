"""The status page: what needs a person, how fresh each source is, and how its tables are judged."""

from collections.abc import Iterator
from functools import partial
from typing import Any, Final

from tasks.quality.data_docs import WORDS, overall, verdict
from tasks.site.addresses import info_page
from tasks.site.alert_lines import alert_lines, grave, standing
from tasks.site.overview.source_facts import freshness_lines
from tasks.site.page_file import PageFile, page_file
from tasks.site.rendering import html_page
from tasks.site.site_content import SiteContent
from tasks.sources import SOURCES

MOST_BESIDE: Final = 5
"""Alerts that the page quotes beside a table; the table's own page has more."""


def status_page(content: SiteContent) -> Iterator[PageFile]:
    """Yield the status page."""
    status, name = content.status, info_page("status")
    lines = freshness_lines(content, status.sources)
    listed = {one["source"] for one in lines}
    values = {
        "on": content.on,
        "newest": content.newest,
        "problems": [
            {"kind": one.kind, "sentence": one.sentence, "next_step": one.next_step}
            for one in status.problems
        ],
        "sources": lines,
        "never": [one.source for one in status.sources if one.source not in listed],
        "targets": [
            {
                "target": one.target,
                "undelivered": one.undelivered + one.unplanned,
                "since": one.undelivered_since,
                "dead": one.dead,
            }
            for one in status.targets
        ],
        "quality": quality_lines(content),
    }
    yield page_file(name, partial(html_page, "status.html", name), values)


def quality_lines(content: SiteContent) -> list[dict[str, Any]]:
    """Return how each judged table stands; one with a grave open alert is not `as expected`.

    `beside`: the worst alerts of high or critical severity that stand on it. `beside_left`: how
    many more there are.
    """
    found = standing(content.alerts)
    shown_by = {source.name: source.shown_by for source in SOURCES}
    lines: list[dict[str, Any]] = []
    for dataset in sorted(content.judgements):
        judged = content.judgements[dataset]
        beside = grave(one for one in found if one.dataset == dataset)
        state = overall(judged)
        lines.append(
            {
                "dataset": dataset,
                "title": dataset.partition(".")[2].replace("_", " ").capitalize(),
                "shown_by": shown_by.get(dataset.partition(".")[0], dataset),
                "state": "unmet" if beside and state == "met" else state,
                "word": "look at the alert first" if beside and state == "met" else WORDS[state],
                "verdict": verdict(judged),
                "beside": alert_lines(beside, MOST_BESIDE),
                "beside_left": max(len(beside) - MOST_BESIDE, 0),
            }
        )
    return lines
