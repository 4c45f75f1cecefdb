"""Expectations of a published table, compared with earlier vintages: one suite per table.

Belongs here: the expectations of each table, how their bounds follow from the last vintages, and
their texts. Does not: what a row must be (`schemas.table`), what is an alert
(`tasks.alerts.rules`), reading a lake, and the library that checks.
"""
