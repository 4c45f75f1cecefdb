"""Marts: tables that answer the questions of BI tools, made again from the published files.

Belongs here: the registry of marts, their files and what each was built from; in `builders` one
module per mart, a pure function from frames to a frame. Does not: rules of alerts, SQL, pages, the
clock.
"""
