"""What every run has: its context and parameters, its log, its record in the lake, its name.

Belongs here: what all steps of a run share, how a step is called and logged, run records, their
retention. Does not: what a run does (`tasks.steps`, `tasks.pipeline`), its summary
(`tasks.summaries`), what Prefect shows of it (`tasks.prefect_adapter`).
"""
