"""What rules read: the changes, totals and series of a dataset's accepted vintages, as frames.

Belongs here: frames and values that several rules compute from a `RuleInput`. Does not: thresholds,
severities, sentences, episodes.
"""
