"""Charts: pictures of one figure, one series or one group of alerts, as PNG, SVG or HTML.

Belongs here: the series that a picture shows, its marks and texts, rendering. Does not: rules and
alert states (`tasks.alerts`), files and commands (`vaxwatch`), messages that carry a picture.
"""
