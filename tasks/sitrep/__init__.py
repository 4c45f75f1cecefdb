"""WHO's situation reports: their figures on tests, from prose and from tables without rules.

Belongs here: how such a report is laid out, how its sentences are read, which link is the newest.
Does not: how a PDF is opened (`tasks.formats`), HTTP, what becomes of a figure, which country is
read.
"""
