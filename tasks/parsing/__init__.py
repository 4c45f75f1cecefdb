"""
Parsing: bytes in, canonical rows out.

Belongs here: parse, transform, cell values, row validation, flags of implausible figures. Does not:
which publisher it is (`tasks.sources`), wire formats (`tasks.formats`), committing.
"""
