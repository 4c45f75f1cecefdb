"""Parsing: turn bytes into canonical rows.

Belongs here: parse, transform, cell values, row validation, flags of implausible figures. Does not:
which publisher it is (`tasks.sources`), file formats (`tasks.formats`), committing.
"""
