"""What the columns mean that every published table has besides its own."""

CHANGE_COLUMNS = {
    "as_of": "instant (UTC) of the vintage that shows the change",
    "id": "that vintage",
    "column": "the figure that changed",
    "before": "the figure known before, as a number; null = not published or absent",
    "after": "the figure now, as a number; null = not published or absent",
    "before_text": "the same before, exactly, also where it is no number",
    "after_text": "the same now, exactly, also where it is no number",
    "change": "after - before",
    "rel_change": "change / before; null where before is null or 0",
    "kind": "revised, added or withdrawn",
}
VERSION_COLUMNS = {
    "valid_from": "instant (UTC) of the first vintage with this row",
    "valid_to": "instant (UTC) of the first vintage without it; null while it stands",
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
    "quarantined": "rows of the snapshot that could not be read",
    "columns": "columns it has",
    "sha256": "of the snapshot's manifest of bodies",
    "source_url": "where the snapshot is from",
    "parser_version": "version of the parser that read it",
}
