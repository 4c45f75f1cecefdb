"""
Formats: wire formats, bytes in, rows of strings in the publisher's own words out.

Belongs here: what is true of a format (CSV, JSON, workbooks, PDF), whoever sends it. Does not: what
one publisher makes of it (`tasks.sources`).
"""
