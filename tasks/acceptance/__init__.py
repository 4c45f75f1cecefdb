"""Whether a parsed snapshot may be published: published, held or blocked.

Held: committed, but `latest` does not show it, because it looks like a fault of the source.
Blocked: archived, but not committed, because it breaks the source's contract or budget.

Belongs here: sizes, missing keys, slices and text endings compared with the last good snapshot.
Does not: validation of rows (`tasks.parsing.validate`) and alerts (`tasks.alerts.rules`).
"""
