"""Render the site: the pages of countries, tables, sources and alerts in the lake's `site/`."""

from datetime import UTC, datetime

from prefect import flow

from tasks.lake_runs.render_site import SiteSummary, site_in
from tasks.prefect_adapter import run_as_task


@flow(name="render-site", persist_result=False)
def render_site(
    lake: str,
    from_scratch: bool = False,  # noqa: FBT001, FBT002 (a flow's parameters are given by name)
) -> SiteSummary:
    """Bring the site up to date; a run on an unchanged lake writes nothing.

    Args:
        lake: A folder or s3://bucket/prefix.
        from_scratch: Render every page, and look at no earlier one.

    Returns:
        How many files the site has, and how many were written and removed.
    """
    return site_in(lake, at=datetime.now(UTC), from_scratch=from_scratch, run_step=run_as_task)
