"""Marts: tables that answer the questions of BI tools, made again from the published files.

Belongs here: one module per mart, a pure function from frames to a frame; their registry; what is
built again when something was published. Does not: rules of alerts, SQL, pages, the clock.
"""
