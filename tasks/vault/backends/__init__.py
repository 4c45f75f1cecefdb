"""Storage backends: the only code that touches the file system and S3.

Belongs here: the store protocol and its folder, S3 and memory implementations. Does not: what an
object holds.
"""
