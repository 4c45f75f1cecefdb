"""Pages of alerts: one for each alert with its evidence, and the list of all.

What belongs here: which alerts have a page, what it shows, its picture. What does not: what is an
alert (`tasks.alerts`), feeds (`tasks.site.feed_files`).
"""
