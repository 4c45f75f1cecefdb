"""The vintage store: the only place that accesses object storage and the local file system.

Belongs here: stores, the commit log, segments, states, publishing, verification. Does not: what a
figure means, alert rules, Prefect.
"""
