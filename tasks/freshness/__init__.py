"""Freshness: what a lake shows of a source's activity, and the state of the source's life.

Belongs here: reading when a source was fetched, changed and refused, in few requests, and the rules
that make a state of it. Does not: alerts, delivery, runs (`tasks.watching`).
"""
