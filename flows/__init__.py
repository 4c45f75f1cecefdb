"""
SENTENCES: in which order things are done: ingest, backfill.

Belongs here: Prefect flows, each one screen, and the only clock. Does not: frames, HTTP, storage,
tasks or classes (a flow loaded by path is another module than the same flow imported by name).
"""
