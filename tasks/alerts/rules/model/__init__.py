"""What a rule is and what it reports: `Rule`, `Episode`, thresholds, severity.

Belongs here: what rules of several packages need to judge, to word and to end a finding. Does not:
a rule of its own (`falls`, `implausible`, `stalls`, `source_wide`).
"""
