"""
Shapes: in which form a publisher sends its tables, and what becomes of a snapshot in another one.

Belongs here: the shape of a snapshot, the line of all shapes of a source, what breaks the contract
with it, and guesses of renames. Does not: what a row must be (`tasks.parsing.validate`), how much
of a table is gone (`tasks.acceptance`), and what people are told of it
(`tasks.alerts.rules.schema_change`).
"""
