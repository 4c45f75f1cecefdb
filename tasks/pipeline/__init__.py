"""The pipeline: ingest, backfill, rebuild, replay and retract as plain functions.

Belongs here: the order of the steps and the run summary. Does not: Prefect
(`tasks.prefect_adapter`), the clock, frames of single tables.
"""
