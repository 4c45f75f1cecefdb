"""Rules on figures that can hardly be right, up or down: R9 to R12, R16, R19.

Belongs here: figures judged by themselves, by others of their row, or by their own history. Does
not: figures that are merely lower (`falls`) or that stand still (`stalls`).
"""
