"""NOUNS: what a thing is: tables, records, sources, alerts, errors.

Belongs here: definitions that every other room may use. Does not: anything that reads, writes,
fetches or decides. Nothing here imports another room.
"""
