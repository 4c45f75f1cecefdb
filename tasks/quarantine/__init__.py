"""
Quarantine: rows that could not be published, and their life cycle.

Belongs here: the dataset `quarantine.rows` and the state of each row in it. Does not: the decision
that a row is unsound (`tasks.parsing`), raw bytes (`tasks.raw`).
"""
