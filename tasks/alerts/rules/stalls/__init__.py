"""Rules on what does not move: R5, R6 and R8.

Belongs here: doses that are not shipped or not used, series and tables that fall silent. Does not:
figures that are gone (`falls`).
"""
