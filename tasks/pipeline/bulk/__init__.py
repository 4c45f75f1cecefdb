"""Bulk runs: what a run on many snapshots needs beside the order of its steps.

Belongs here: how far a run has got, how it is asked to end, and how several workers read snapshots
at one time. Does not: which snapshots are taken, and what becomes of them (`tasks.pipeline`).
"""
