"""The site in the pipeline: the marts are brought up to date, then the pages that they change."""

import os
from datetime import datetime
from typing import Final

from schemas.errors import WrongUse
from schemas.waivers import in_force
from tasks.alerts.config_file import config_file, read_config
from tasks.alerts.waiver_config import configured
from tasks.marts.publish_marts import publish_marts
from tasks.runs.run_step import StepRunner, run_here
from tasks.site.publish_site import publish_site
from tasks.site.site_content import SiteContent
from tasks.steps.build_marts import describe_published
from tasks.summaries.run_artifacts import public_base_url
from tasks.summaries.site_summary import SiteSummary
from tasks.vault.backends.read_once import ReadOnce
from tasks.vault.backends.store import Store

SITE_PNG: Final = "VAXWATCH_SITE_PNG"


def render_pages(
    store: Store, *, at: datetime, from_scratch: bool = False, run_step: StepRunner = run_here
) -> SiteSummary:
    """Bring the site of a lake up to date; return what was done.

    Args:
        store: The lake.
        at: When it is done, UTC.
        from_scratch: Whether to render every file, and look at no earlier one.
        run_step: Calls a step under its name.

    Raises:
        Damaged: A file that pages are made of is gone or damaged.
        LostRace: Other writers were faster, again and again.
        WrongUse: The waivers of vaxwatch.toml cannot be read, or `site_png` is wrong.
    """
    run_step("publish-marts", lambda: publish_marts(ReadOnce(store), at=at))
    run_step("describe-marts", lambda: describe_published(ReadOnce(store), with_marts=True))

    def content() -> SiteContent:
        return SiteContent(
            store=ReadOnce(store),
            on=at.date(),
            base_url=public_base_url().rstrip("/"),
            png=site_png(),
            waivers=in_force(configured(), at.date()),
        )

    done = run_step("render-site", lambda: publish_site(store, content, from_scratch=from_scratch))
    return SiteSummary(
        source="site",
        lake=store.uri,
        files_of_site=done.files,
        written=len(done.written),
        removed=len(done.removed),
    )


def site_png() -> str:
    """Return which pictures are PNG, too, 'alerts' or 'all', as the environment or the file has it.

    Raises WrongUse where it is another word.
    """
    file = None if SITE_PNG in os.environ else config_file()
    written = read_config(file).get("site_png", "") if file else os.environ.get(SITE_PNG, "")
    if written in {"", "alerts", "all"}:
        return written or "alerts"
    raise WrongUse(
        f"{file or SITE_PNG}: site_png is {written!r}; expected alerts or all. Mend it there."
    )
