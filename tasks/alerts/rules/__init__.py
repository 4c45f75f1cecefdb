"""
Alert rules: pure functions on frames, from the changes of a dataset to findings.

Belongs here: thresholds, severities, sentences. Does not: reading the lake, sources, sending.
"""
