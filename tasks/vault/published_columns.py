"""The columns that published files have beside key and figures, and the rows of `vintages`."""

from collections.abc import Iterable

import polars as pl

from tasks.vault.manifest import TableVintage, Vintage

CLASSES = (
    "why the row is there no more: our_parser (another version of the parser read that vintage), "
    "renamed (a row with the same figures is there under another name), below_threshold (its "
    "figures were below what the publisher prints), source_removed (none of these)"
)
CHANGE_COLUMNS = {
    "as_of": "instant (UTC) of the vintage that shows the change",
    "id": "that vintage",
    "column": "the figure that changed",
    "before": "the figure known before, as a number; null = not published or absent",
    "after": "the figure now, as a number; null = not published or absent",
    "before_text": "the same before, exactly, also where it is no number",
    "after_text": "the same now, exactly, also where it is no number",
    "change": "after - before; a figure that is gone counts as 0; null where there is no number",
    "rel_change": "change / before; -1 = gone; null where before is null or 0",
    "kind": "revised, added or withdrawn",
    "gone": f"{CLASSES}; null where the row is still there",
    "last_known": "of an addition, the figure before it was withdrawn, as a number; else null",
    "last_known_until": "instant (UTC) of the vintage that withdrew it; null without last_known",
}
VERSION_COLUMNS = {
    "valid_from": "instant (UTC) of the first vintage with this row",
    "valid_to": "instant (UTC) of the first vintage without it; null while it stands",
    "gone": f"{CLASSES}; null while it stands, where another version followed, and where the row "
    "could not be read since",
}
VINTAGE_COLUMNS = {
    "id": "the vintage",
    "as_of": "instant (UTC) at which the snapshot was had",
    "ingested_at": "instant (UTC) at which this lake learnt it",
    "is_new": "whether it says anything else than the vintage before",
    "held": "whether it waits for a release: latest.parquet does not show it",
    "rows": "rows in that vintage",
    "inserted": "rows that are new in it",
    "updated": "rows with another figure in it",
    "deleted": "rows that are gone in it",
    "seen": "rows that the snapshot printed and that could be read; null where not recorded",
    "unchanged": "those of them that were there before, with the same figures",
    "unseen": "rows that stand though it did not print them: it speaks for others only",
    "hidden": "rows that are known, but not in that vintage: what it says of them, if anything, "
    "could not be read; null where not recorded",
    "quarantined": "rows of the snapshot that could not be read",
    "columns": "columns it has",
    "sha256": "of the snapshot's manifest of bodies",
    "source_url": "where the snapshot is from",
    "parser_version": "version of the parser that read it",
}
INSTANT, TEXT, FLAG = pl.Datetime("us", "UTC"), pl.String(), pl.Boolean()
VINTAGE_SCHEMA = pl.Schema(
    {
        **dict.fromkeys(VINTAGE_COLUMNS, pl.Int64()),
        **dict.fromkeys(("id", "sha256", "source_url"), TEXT),
        **dict.fromkeys(("as_of", "ingested_at"), INSTANT),
        **dict.fromkeys(("is_new", "held"), FLAG),
        "columns": pl.List(TEXT),
    }
)
COUNTS = {name for name, kind in VINTAGE_SCHEMA.items() if kind.is_integer()} - {"parser_version"}


def vintage_rows(vintages: Iterable[tuple[Vintage, TableVintage]]) -> pl.DataFrame:
    """Return one row per vintage of a table, with the columns of VINTAGE_COLUMNS."""
    listed = [
        {
            "id": vintage.id,
            "as_of": vintage.as_of,
            "ingested_at": vintage.ingested_at,
            "held": vintage.held,
            "is_new": entry.is_new,
            **{name: getattr(entry, name) for name in COUNTS},
            "columns": list(entry.columns),
            "sha256": vintage.manifest_sha256,
            "source_url": vintage.url,
            "parser_version": vintage.parser_version,
        }
        for vintage, entry in vintages
    ]
    return pl.DataFrame(listed, schema=VINTAGE_SCHEMA)
