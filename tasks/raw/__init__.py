"""The raw archive: the bytes as they were published, and the record of every fetch.

Belongs here: bodies, fetch records, HTTP cache validators, lookup of raw rows. Does not: what the
bytes mean, requests to publishers (`tasks.web`).
"""
