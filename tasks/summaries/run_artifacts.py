"""The artifacts of a run: a page, a table of changed figures, and a picture of the largest ones.

Promises: small, whatever the run did; nothing from a source becomes markup. What cannot be made is
a note on the page: an artifact never fails a run.
"""

import base64
import os
from collections import Counter
from dataclasses import asdict, dataclass
from typing import Any, Final, Literal

from schemas.error_text import sentence
from schemas.redaction import redacted_address
from tasks.alerts.config_file import config_file, read_config
from tasks.runs.markdown_text import harmless, plain
from tasks.runs.unforeseen import log_unforeseen
from tasks.summaries.run_changes import ChangedFigure, RunChanges, changes_of
from tasks.summaries.run_report import (
    NO_CHANGES,
    change_text,
    failure_page,
    key_text,
    markdown,
    shown,
)
from tasks.summaries.run_summary import RunSummary
from tasks.vault.backends.store import Store

VARIABLE: Final = "VAXWATCH_PUBLIC_BASE_URL"
FEWEST: Final = 2
"""Changed figures from which on there is a picture; one stands in the table."""


@dataclass(frozen=True, kw_only=True, slots=True)
class RunArtifact:
    """One artifact. `data`: text of Markdown, rows of a table, or the address of an image."""

    kind: Literal["markdown", "table", "image"]
    key: str
    data: Any
    description: str


def artifacts_of(summary: RunSummary, store: Store | None) -> list[RunArtifact]:
    """Return the artifacts of a run; `store`: the lake, None where it could not be opened."""
    changes, others, note = NO_CHANGES, list[RunArtifact](), ""
    try:
        changes = changes_of(store, summary.outcomes) if store else NO_CHANGES
        others = _of_changes(summary.source, changes)
    except Exception as error:  # noqa: BLE001 (what is published stays so, whatever can be shown)
        log_unforeseen(error, "show-changes", summary.source)
        note = f"The changed figures are not shown: {sentence(error)}"
    lake = redacted_address(store.uri) if store else ""
    page = markdown(summary, changes=changes, lake=lake, base_url=public_base_url())
    outcome = RunArtifact(
        kind="markdown",
        key=artifact_key("outcome", summary.source),
        data=f"{page}\n\n{plain(note)}".rstrip(),
        description="What the last run did",
    )
    return [outcome, *others]


def failure_artifact(about: str, error: str) -> RunArtifact:
    """Return the artifact of a run that ended by an error; `error`: its sentence."""
    return RunArtifact(
        kind="markdown",
        key=artifact_key("outcome", about),
        data=failure_page(about, error),
        description="Why the last run failed",
    )


def artifact_key(what: str, about: str) -> str:
    """Return the key of an artifact, under which Prefect shows its history.

    >>> artifact_key("outcome", "who_cases")
    'outcome-who-cases'
    """
    return f"{what}-{about}".replace("_", "-")


def public_base_url() -> str:
    """Return where people open the files of the lake: of the environment, else of the settings."""
    if VARIABLE in os.environ:
        return os.environ[VARIABLE]
    file = config_file()
    return str(read_config(file).get("public_base_url", "")) if file else ""


def _of_changes(about: str, changes: RunChanges) -> list[RunArtifact]:
    if not changes.figures:
        return []
    table = RunArtifact(
        kind="table",
        key=artifact_key("changes", about),
        data=[_row(one) for one in changes.figures],
        description=f"Changed figures, worst first: {len(changes.figures)} of {changes.total:,}",
    )
    return [table, *_picture(about, changes)]


def _row(one: ChangedFigure) -> dict[str, str]:
    return {
        "dataset": one.dataset,
        "key": harmless(key_text(one)),
        "figure": one.column,
        "before": harmless(shown(one.before, one.before_text, one.column)),
        "now": harmless(shown(one.after, one.after_text, one.column)),
        "change": change_text(one),
        "vintage": one.as_of,
    }


def _picture(about: str, changes: RunChanges) -> list[RunArtifact]:
    """Return the picture of the figure that changed most often; none for a single change."""
    numbers = [one for one in changes.figures if one.before is not None]
    if len(numbers) < FEWEST:
        return []
    from tasks.charts.run_chart import run_chart  # noqa: PLC0415 (a run without changes needs none)

    (dataset, column), _ = Counter((one.dataset, one.column) for one in numbers).most_common(1)[0]
    chosen = [asdict(one) for one in numbers if (one.dataset, one.column) == (dataset, column)]
    title = f"{dataset}: {column.replace('_', ' ')}, the largest changes of this run"
    drawn = run_chart(chosen, title=title, source=f"vaxwatch, {chosen[0]['as_of'][:10]}")
    address = f"data:image/png;base64,{base64.b64encode(drawn).decode()}"
    key = artifact_key("picture", about)
    return [RunArtifact(kind="image", key=key, data=address, description=title)]
