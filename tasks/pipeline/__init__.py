"""The pipeline: ingest, backfill, rebuild, replay and retract of one source as plain functions.

Belongs here: the order of the steps. Does not: the steps that operations share (`tasks.steps`),
what a run reports (`tasks.summaries`), Prefect (`tasks.prefect_adapter`), the clock.
"""
