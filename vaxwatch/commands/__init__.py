"""The commands: what each asks for, and how it answers a person or a program.

Belongs here: options, tables on the screen, exit codes. Does not: reading (vaxwatch.reader), doing
(flows). Nothing here imports Prefect before a command that works with it is run.
"""
