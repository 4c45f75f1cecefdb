"""The HTTP client for publishers and web archives.

Belongs here: fetch policy, limits per host, deadlines, allowed hosts, the meaning of a status, the
requests of one snapshot. Does not: older snapshots (`tasks.origins`), file formats
(`tasks.formats`), the raw archive (`tasks.raw`).
"""
