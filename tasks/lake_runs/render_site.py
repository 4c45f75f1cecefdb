"""The site in the pipeline: the marts are brought up to date, then the pages that they change."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from schemas.waivers import in_force
from tasks.alerts.waiver_config import configured
from tasks.marts.publish_marts import publish_marts
from tasks.runs.run_step import StepRunner, run_here
from tasks.site.addresses import FOLDER, FRONT
from tasks.site.publish_site import publish_site
from tasks.site.site_content import SiteContent
from tasks.summaries.run_artifacts import public_base_url
from tasks.vault.backends.open_store import open_store
from tasks.vault.backends.read_once import ReadOnce


@dataclass(frozen=True, kw_only=True, slots=True)
class SiteSummary:
    """What a rendering did. `files`: of the site. `written`, `removed`: how many by this run."""

    lake: str
    files: int
    written: int
    removed: int

    @property
    def front(self) -> str:
        """Where the front page is."""
        return f"{self.lake.rstrip('/')}/{FOLDER}/{FRONT}"

    def document(self) -> dict[str, Any]:
        """Return the summary as JSON values, in the shape of `vaxwatch site --json`."""
        return {
            "lake": self.lake,
            "front": self.front,
            "files": self.files,
            "written": self.written,
            "removed": self.removed,
        }


def site_in(
    lake: str, *, at: datetime, from_scratch: bool = False, run_step: StepRunner = run_here
) -> SiteSummary:
    """Bring the site of a lake up to date; return what was done.

    Args:
        lake: A folder or s3://bucket/prefix.
        at: When it is done, UTC.
        from_scratch: Whether to render every file, and look at no earlier one.
        run_step: Calls a step under its name.

    Raises:
        Damaged: A file that pages are made of is gone or damaged.
        LostRace: Other writers were faster, again and again.
        WrongUse: The waivers of vaxwatch.toml cannot be read.
    """
    store = open_store(lake)
    run_step("publish-marts", lambda: publish_marts(ReadOnce(store), at=at))

    def content() -> SiteContent:
        return SiteContent(
            store=ReadOnce(store),
            on=at.date(),
            base_url=public_base_url().rstrip("/"),
            waivers=in_force(configured(), at.date()),
        )

    done = run_step("render-site", lambda: publish_site(store, content, from_scratch=from_scratch))
    return SiteSummary(
        lake=lake, files=done.files, written=len(done.written), removed=len(done.removed)
    )
