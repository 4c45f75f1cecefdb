"""Quarantined rows and their life cycle.

Belongs here: the dataset `quarantine.rows` and the state of each row in it. Does not: the decision
that a row is bad (`tasks.parsing`), and raw bytes (`tasks.raw`).
"""
