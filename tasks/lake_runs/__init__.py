"""Operations on a whole lake: ingest of all sources, delivery, check, maintenance.

Belongs here: what goes over several sources, and its order. Does not: what happens to one source
(`tasks.pipeline`), Prefect (`tasks.prefect_adapter`), the clock.
"""
