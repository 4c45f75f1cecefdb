"""Watching: the typed status of a whole lake, its problems, and its metrics.

Belongs here: what a person on call, a check or a scraper reads; the lake is read in few requests
and never written. Does not: settings, the command line, Prefect.
"""
