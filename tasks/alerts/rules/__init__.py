"""Alert rules: pure functions from the vintages of a source to episodes, and their registry.

Belongs here: what each rule means, its thresholds, severities and sentences. Does not: reading the
lake, sources, the alert log. `reading` prepares frames, `model` has what a rule is; `falls`,
`implausible`, `stalls` and `source_wide` have the rules; `combining` makes one alert of one matter.
"""
