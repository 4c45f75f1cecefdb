"""The command `sources`: every declared source with its last vintage and state."""

from collections.abc import Sequence
from datetime import UTC, datetime

from rich.console import Console

from schemas.source import Source
from tasks.schema_drift.schema_log import SchemaLogFile
from tasks.sources import SOURCES, source_named
from tasks.vault.backends.open_store import open_store
from tasks.vault.backends.store import Store
from tasks.vault.vault_reader import VaultReader
from vaxwatch.commands.command_runner import DONE, Run, command, report
from vaxwatch.display import draw_table, span
from vaxwatch.documents import Document, iso_duration, plain
from vaxwatch.reader import Lake

DAY = len("2022-02-10")


@command
def sources(run: Run) -> int:
    """Show every source: publisher, cadence, licence, last vintage, state."""
    lake, now = Lake(open_store(run.lake)), datetime.now(UTC)
    document = source_documents(lake, now)
    run.answer(document, lambda console: _draw_sources(console, document))
    if not lake.exists():
        report(f"Nothing was ever ingested at {run.lake}; `vaxwatch demo` makes a lake.")
    return DONE


def source_documents(lake: Lake, now: datetime) -> list[Document]:
    """Return every declared source in the shape of `sources --json`.

    last_as_of: null where nothing was ingested. state: as `freshness` returns it. frozen: why
    nothing is published. ended: since when nothing new comes. by_hand: how to get the file of a
    page for people. The last three are empty where they do not apply.
    """
    vaults = lake.vaults()
    return [_document(source, lake.store, vaults.get(source.name), now) for source in SOURCES]


def _document(source: Source, store: Store, vault: VaultReader | None, now: datetime) -> Document:
    last = vault.vintages()[-1].as_of if vault else None
    refused = SchemaLogFile(store, source).log.unresolved_refusal()
    state = freshness(last, source, now, refused=refused.as_of if refused else None)
    return {
        "name": source.name,
        "publisher": source.publisher,
        "url": source.url,
        "licence": source.licence,
        "cadence": iso_duration(source.cadence),
        "last_as_of": plain(last),
        "state": state,
        "attribution": source.attribution,
        "frozen": refused.fault if refused and state == "frozen" else "",
        "by_hand": source.by_hand,
        "ended": source.ended,
    }


def freshness(
    last: datetime | None, source: Source, now: datetime, *, refused: datetime | None = None
) -> str:
    """Return the state of a source: 'active', 'stale', 'closed' or 'frozen'.

    active: the last vintage is at most two cadences old. stale: it is older, or there is none.
    closed: the publisher has ended it. frozen: a snapshot newer than the last vintage was
    `refused`, because it broke the contract with the source.

    >>> market, last = source_named("unicef_market"), datetime(2022, 2, 1)
    >>> freshness(last, market, datetime(2022, 2, 10))
    'active'
    >>> freshness(last, market, datetime(2022, 2, 10), refused=datetime(2022, 2, 8))
    'frozen'
    """
    if refused is not None and (last is None or refused > last):
        return "frozen"
    if source.ended:
        return "closed"
    return "active" if last is not None and now - last <= 2 * source.cadence else "stale"


def _draw_sources(console: Console, listed: Sequence[Document]) -> None:
    headings = ("source", "publisher", "every", "last vintage", "state", "licence")
    rows = [
        (
            source["name"],
            source["publisher"],
            span(source_named(source["name"]).cadence),
            (source["last_as_of"] or "never")[:DAY],
            source["state"],
            source["licence"],
        )
        for source in listed
    ]
    draw_table(console, None, headings=headings, lines=rows)
    notes = [
        (source["name"], note)
        for source in listed
        if (note := " ".join(filter(None, (source["frozen"], source["ended"], source["by_hand"]))))
    ]
    draw_table(console, None, headings=("source", "note"), lines=notes)
    citations = [(source["name"], source["attribution"]) for source in listed]
    draw_table(console, None, headings=("source", "cite as"), lines=citations)
