"""Tasks: what is done to a snapshot, as plain functions, and the pipeline that puts it in order.

Belongs here: one package per stage, from the fetch to the alert, and what the stages need: sources,
file formats, the vault. Does not: the clock, the command line, or Prefect, except in
`tasks.prefect_adapter`.
"""
