"""Rules on a source as a whole: R17 and R18.

Belongs here: many rows at once, held vintages, changed columns. Does not: the grouping of other
rules' findings (`combining`).
"""
