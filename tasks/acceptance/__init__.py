"""
Gates: what is held back because it looks like a fault of the source, and by what it is judged.

Belongs here: counts, sizes, slices and ends of a snapshot against the last good one. Does not: what
a single row must be (`tasks.parsing.validate`), and what a change means (`tasks.alerts.rules`).
"""
