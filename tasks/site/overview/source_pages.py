"""A page for each source, and the list of all tables."""

from collections.abc import Iterator
from functools import partial
from typing import Any, Final

from schemas.source import Source
from tasks.site.addresses import info_page, source_page
from tasks.site.alert_lines import alert_lines, standing
from tasks.site.overview.source_facts import freshness_lines, table_lines
from tasks.site.page_file import PageFile, page_file
from tasks.site.rendering import html_page
from tasks.site.site_content import SiteContent
from tasks.sources import SOURCES
from tasks.vault.manifest import Vintage

MOST_ALERTS: Final = 20
MOST_VERSIONS: Final = 60


def source_pages(content: SiteContent) -> Iterator[PageFile]:
    """Yield the page of each source that was ever fetched, and the list of tables."""
    lines = {one["source"]: one for one in freshness_lines(content, content.status.sources)}
    for source in SOURCES:
        if source.name in lines:
            name = source_page(source.name)
            values = _values(content, source, lines[source.name])
            yield page_file(name, partial(html_page, "source.html", name), values)
    listed = [
        {"title": one.title, "publisher": one.publisher, "source": one.name}
        | {"tables": table_lines(content, one), "state": lines[one.name]["state"]}
        for one in SOURCES
        if one.name in lines and one.name in content.vaults
    ]
    name = info_page("tables")
    yield page_file(name, partial(html_page, "tables.html", name), {"sources": listed})


def _values(content: SiteContent, source: Source, line: dict[str, Any]) -> dict[str, Any]:
    own = [one for one in content.alerts if one.dataset.partition(".")[0] == source.name]
    alerts = standing(own)
    vault = content.vaults.get(source.name)
    vintages = [*reversed(vault.vintages())] if vault else []
    return {
        **line,
        "addresses": [source.url, *source.further_urls],
        "licence": source.licence,
        "attribution": source.attribution,
        "by_hand": source.by_hand,
        "ended": source.ended,
        "schedule": f"{source.schedule.cron}, {source.schedule.timezone}",
        "note": source.schedule.note,
        "is_scheduled": not (source.by_hand or source.ended),
        "tables": table_lines(content, source),
        "alerts": alert_lines(alerts, MOST_ALERTS),
        "alerts_left": max(len(alerts) - MOST_ALERTS, 0),
        "versions": [_version(source, one) for one in vintages[:MOST_VERSIONS]],
        "versions_left": max(len(vintages) - MOST_VERSIONS, 0),
        "retracted": [
            {"id": one.id, "as_of": one.as_of}
            for one in (vault.retracted.values() if vault else ())
        ],
    }


def _version(source: Source, vintage: Vintage) -> dict[str, Any]:
    changed = sorted(name for name, entry in vintage.tables.items() if entry.is_new)
    return {
        "id": vintage.id,
        "as_of": vintage.as_of,
        "changed": changed,
        "held": vintage.held,
        "quarantined": sum(entry.quarantined for entry in vintage.tables.values()),
        "raw": f"raw/{source.name}/fetches/{vintage.id}.json",
    }
