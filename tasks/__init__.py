"""VERBS: one thing done to data, one verb a module, as plain functions.

Belongs here: fetch, keep, read, validate, transform, publish, compare, detect, notify, and the
rooms they need (sources, vault, rules). Does not: the order of steps (flows), the clock, or
Prefect, except in `steps`, which wraps the verbs as Prefect tasks.
"""
