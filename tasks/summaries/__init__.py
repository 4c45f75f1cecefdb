"""What a run did: its typed summary, and the record, the page and the pictures made of it.

Belongs here: a summary per operation, its numbers and JSON, its report and artifacts. Does not:
what a run does (`tasks.steps`, `tasks.pipeline`, `tasks.lake_runs`), Prefect's states.
"""
