"""All findings of one version together: one matter, one alert; many countries, one group.

Belongs here: choosing, grouping, and the evidence that every finding has. Does not: judging a
figure.
"""
