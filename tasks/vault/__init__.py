"""
The vintage store: the only place that speaks to object storage and to the local file system.

Belongs here: stores, the commit log, segments, states, publishing, verification. Does not: what a
figure means, alert rules, Prefect.
"""
