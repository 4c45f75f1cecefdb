"""Formats: parse bytes into rows of strings, unchanged from the publisher's texts.

Belongs here: what is true of a format (CSV, JSON, workbooks, PDF), whoever sends it. Does not: what
one publisher makes of it (`tasks.sources`).
"""
