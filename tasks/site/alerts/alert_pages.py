"""The page of each alert, and of each that no longer holds: its address is permanent.

Promises: the archived rows are looked up only for a page that is rendered; pages come in the order
of sources and versions, so that the bodies of one version help to restore those of the next.
"""

from collections.abc import Iterator
from datetime import datetime
from functools import partial
from typing import Any

from schemas.alerts import Alert
from schemas.wording import country, day
from tasks.alerts.alert_proof import stated_event
from tasks.site.addresses import alert_page
from tasks.site.alerts.alert_values import (
    FEW,
    alert_values,
    life_entry,
    source_facts,
    superseded_alerts,
    web_address,
)
from tasks.site.alerts.archived_rows import ArchivedRows
from tasks.site.alerts.matter_drawing import MOST, matter_drawings, row_text
from tasks.site.alerts.rule_texts import rule_text
from tasks.site.alerts.wording import CONFIDENCE_WORDS, STATE_NAMES, STATE_WORDS
from tasks.site.drawings.drawing_markup import page_picture
from tasks.site.page_file import PageFile, page_file
from tasks.site.rendering import html_page
from tasks.site.site_content import SiteContent


def alert_pages(content: SiteContent) -> Iterator[PageFile]:
    """Yield the pages of all alerts, and short ones of those that no longer hold."""
    archived = ArchivedRows(content.store)
    for alert in sorted(content.alerts, key=_place):
        name = alert_page(alert.fingerprint)
        stated = stated_event(alert, [one.event for one in content.events[alert.fingerprint]])
        yield page_file(
            name,
            partial(_page, name, partial(archived.rows, alert, stated)),
            alert_values(content, alert),
            prepare=partial(archived.announce, alert, stated),
        )
    for last in superseded_alerts(content):
        name = alert_page(last.fingerprint)
        values = {
            "fingerprint": last.fingerprint,
            "rule": last.rule,
            "iso3": last.key.get("iso3", ""),
            "source": source_facts(last.dataset, last.event),
            "sentence": last.event.sentence,
            "life": [life_entry(one.event) for one in content.events[last.fingerprint]],
        }
        yield page_file(name, partial(html_page, "alert_superseded.html", name), values)


def _place(alert: Alert) -> tuple[str, datetime, str, str]:
    """Return what alerts are sorted by: source, version, table, rule."""
    source, _, table = alert.dataset.partition(".")
    return source, alert.as_of, table, alert.rule


def _page(name: str, rows: partial[list[dict[str, Any]]], **values: Any) -> bytes:
    alert = values["alert"]
    words = {
        "state": STATE_NAMES[alert["state"]],
        "state_text": STATE_WORDS[alert["state"]],
        "confidence_text": CONFIDENCE_WORDS[alert["confidence"]],
        "place": country(alert["iso3"]) if alert["iso3"] else values["source"]["publisher"],
    }
    return html_page(
        "alert.html",
        name,
        **values,
        words=words,
        matter_picture=page_picture(matter_drawings(values["matter"], alert["sentence"]), "m")
        if values["matter"]
        else None,
        row_text=row_text,
        rule=rule_text(alert["rule"]),
        few=FEW,
        most_drawn=MOST,
        quoted=[_shown(version) for version in rows()],
    )


def _shown(version: dict[str, Any]) -> dict[str, Any]:
    """Return a quoted version as the page shows it; blank cells are left out."""
    as_of = version["as_of"]
    rows = [
        {**row, "shown_cells": [{"name": n, "text": t} for n, t in row["cells"].items() if t]}
        for row in version["rows"]
    ]
    return {
        **version,
        "rows": rows,
        "as_of_text": day(datetime.fromisoformat(as_of)) if as_of else version["id"],
        "address": web_address(version["source_url"]),
    }
