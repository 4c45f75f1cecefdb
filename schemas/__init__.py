"""Schemas: what things are: tables, records, source declarations, alerts, errors.

Belongs here: definitions that every other package may use. Does not: anything that reads, writes,
fetches or decides. Nothing here imports another package.
"""
