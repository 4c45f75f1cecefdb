"""Alert rules: pure functions from the vintages of a source to episodes, and their registry.

Belongs here: what each rule means, its thresholds, severities and sentences. Does not: reading the
lake, sources, the alert log.
"""
