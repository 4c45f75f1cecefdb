"""The front page: what changed in the last week, open alerts, and how fresh each source is."""

from collections.abc import Iterator
from datetime import timedelta
from functools import partial
from typing import Any, Final

import polars as pl

from tasks.site.addresses import FRONT
from tasks.site.alert_lines import GRAVE, alert_lines, standing
from tasks.site.change_lines import change_lines, largest_of_days, worst_first
from tasks.site.overview.source_facts import freshness_lines
from tasks.site.page_file import PageFile, page_file
from tasks.site.rendering import html_page
from tasks.site.site_content import SiteContent
from tasks.sources import SOURCES

WEEK: Final = timedelta(days=7)
MOST_CHANGES: Final = 40
MOST_ALERTS: Final = 15


def front_page(content: SiteContent) -> Iterator[PageFile]:
    """Yield the front page."""
    found = standing(content.alerts)
    alerts = [one for one in found if one.group is None or one.severity in GRAVE]
    inside = len(found) - len(alerts)
    values = {
        "newest": content.newest,
        "changed": changes_of_week(content),
        "alerts": alert_lines(alerts, MOST_ALERTS),
        "alerts_left": max(len(alerts) - MOST_ALERTS, 0),
        "alerts_inside": inside,
        "sources": freshness_lines(content, content.status.sources),
        "countries": content.mart("country_totals")["iso3"].n_unique(),
        "tables": len(content.datasets),
    }
    yield page_file(FRONT, partial(html_page, "front.html", FRONT), values)


def changes_of_week(content: SiteContent) -> dict[str, Any]:
    """Return what changed in the week up to the newest version of the lake, the worst first.

    `is_quiet`: nothing changed then; `lines` are of the week up to the last change. `since`,
    `upto`: that week. `left`: how many are not among `lines`. `fell`, `rose`, `gone`: counts.
    """
    changes = content.mart("changes_all").filter(
        (pl.col("kind") != "added") | pl.col("change").is_not_null()
    )
    if changes.is_empty() or content.newest is None:
        return {"is_quiet": True, "lines": [], "left": 0, "since": None, "upto": content.newest}
    upto = content.newest
    found = changes.filter(pl.col("as_of") > upto - WEEK)
    is_quiet = found.is_empty()
    if is_quiet:
        upto = changes.select(pl.col("as_of").max()).item()
        found = changes.filter(pl.col("as_of") > upto - WEEK)
    shown_by = {source.name: source.shown_by for source in SOURCES}
    listed = largest_of_days(worst_first(found))
    lines = change_lines(listed, MOST_CHANGES)
    return {
        "is_quiet": is_quiet,
        "since": upto - WEEK,
        "upto": upto,
        "lines": [line | {"shown_by": shown_by[line["source"]]} for line in lines],
        "left": listed.height - len(lines),
        "gone": found.filter(kind="withdrawn").height,
        "fell": found.filter((pl.col("change") < 0) & (pl.col("kind") == "revised")).height,
        "rose": found.filter(pl.col("change") > 0).height,
    }
