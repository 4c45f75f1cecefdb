"""Orchestration: what is set up on a Prefect server, and the process that runs the schedules.

Belongs here: the deployments of a prefect.yaml, work pool, queues and automations as code, the
runner of `vaxwatch serve`, and the server that it starts. Does not: what a run does (`flows`), and
anything that correctness depends on (`tasks.vault`).
"""
