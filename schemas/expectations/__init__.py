"""
What a published table must be, beside the vintages before it: one suite for every table.

Belongs here: which expectations a table has, how their bounds follow from the last vintages, and
the sentences that people read. Does not: what a row must be (`schemas.table`), what is an alert
(`tasks.alerts.rules`), reading a lake, and the library that checks.
"""
