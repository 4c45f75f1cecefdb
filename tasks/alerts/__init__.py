"""Alerts: what changed, judged by rules, recorded in the alert log, published as tables.

Belongs here: rule inputs, evaluation, grouping, the alert log, waivers. Does not: fetching,
parsing, delivery to people outside the lake, a rule's own judgement (`tasks.alerts.rules`).
"""
