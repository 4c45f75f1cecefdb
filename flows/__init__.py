"""The Prefect flows: ingest, backfill, rebuild, replay, retract, evaluate, deliver, maintain.

Belongs here: the parameters that people fill in, and the clock. Does not: the order of the steps
(`tasks.pipeline`), tasks or classes (a flow loaded by path is another module than the same flow
imported by name).
"""
