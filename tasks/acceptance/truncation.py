"""
Endings: whether a table was cut off, as far as the end of its text tells.

Promises: a text is held to those of the same columns only. Many publishers' files end with a line
break and some never do; a row that was cut off inside of its last cell has all of its fields.
"""

from tasks.schema_drift.source_schema import SourceSchema


def cut_off(now: SourceSchema | None, before: SourceSchema | None) -> list[str]:
    """Return which texts do not end with a line break though such texts did before."""
    return [
        f"'{name}' does not end with a line break, and did in the last good snapshot: it was cut "
        f"off, maybe inside of a figure."
        for name, had_one in _odd_ends(now, before).items()
        if had_one
    ]


def unended(now: SourceSchema | None, before: SourceSchema | None) -> list[str]:
    """Return a note for each text without a line break at its end of which no more is known."""
    return [
        f"'{name}' does not end with a line break, and nothing is known of how such a table ended "
        f"before: look whether its last row was cut off."
        for name, had_one in _odd_ends(now, before).items()
        if had_one is None
    ]


def _odd_ends(now: SourceSchema | None, before: SourceSchema | None) -> dict[str, bool | None]:
    """
    Return, of each text without a line break at its end, whether it had one before.

    None: that is not known, or the tables have other columns, and so may be from elsewhere.
    """
    if now is None:
        return {}
    is_like = before is not None and before.column_names() == now.column_names()
    known = before.ended if before is not None and is_like else dict[str, bool]()
    return {name: known.get(name) for name, ended in now.ended.items() if not ended}
