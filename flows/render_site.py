"""Render the site: the pages of countries, tables, sources and alerts in the lake's `site/`."""

from datetime import UTC, datetime

from prefect import flow

from tasks.lake_runs.render_site import render_pages
from tasks.prefect_adapter import run_named
from tasks.summaries.site_summary import SiteSummary
from tasks.tracked_runs import track_lake_run


@flow(name="render-site", flow_run_name=run_named("site"), persist_result=False)
def render_site(
    lake: str | None = None,
    from_scratch: bool = False,  # noqa: FBT001, FBT002 (a flow's parameters are given by name)
) -> SiteSummary:
    """Bring the site up to date; a run on an unchanged lake writes nothing.

    Args:
        lake: A folder or s3://bucket/prefix; by default VAXWATCH_LAKE of the worker.
        from_scratch: Render every page, and look at no earlier one.

    Returns:
        How many files the site has, and how many were written and removed.
    """
    at = datetime.now(UTC)
    return track_lake_run(
        "site",
        "site",
        lake,
        lambda store, run_step: render_pages(
            store, at=at, from_scratch=from_scratch, run_step=run_step
        ),
        at=at,
    )
