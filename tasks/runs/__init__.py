"""What a run leaves behind about itself: the lines of its log, its record in the lake, its name.

Belongs here: how a step is called and logged, run records, their retention. Does not: what a run
does and its summary (`tasks.pipeline`), what Prefect shows of it (`tasks.prefect_adapter`).
"""
