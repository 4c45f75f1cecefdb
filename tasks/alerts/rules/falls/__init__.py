"""Rules on figures that are lower or gone: R0 to R4, R7, R13, R14.

Belongs here: what one country or row lost, promises and counters, and the past that is revised.
Does not: falls that are slips (`implausible`), events of a whole source (`source_wide`).
"""
