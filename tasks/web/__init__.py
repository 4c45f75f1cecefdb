"""
Web: how publishers and archives are asked.

Belongs here: manners, limits of time and place, what an answer means. Does not: what is fetched
(`tasks.web.fetch`, `tasks.origins`) and what the bytes say (`tasks.formats.delimited`).
"""
