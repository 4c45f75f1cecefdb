"""
Power BI's "publish to web": how a public dashboard is asked, and what its answers say.

Belongs here: the wire format (embed page, cluster, model, schema, query, compressed answer). Does
not: HTTP (whoever calls brings an `Ask`), what a figure means, names of one publisher's tables.
"""
