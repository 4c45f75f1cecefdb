"""The schema of a source's snapshots, what changes in it, and whether that breaks the contract.

Belongs here: the schema of one snapshot, the one diff, the contract of a source, the log of all
schemas and guesses of renames. Does not: validation of rows (`tasks.parsing.validate`), shares of
missing rows (`tasks.acceptance`) and alerts (`tasks.alerts.rules`).
"""
