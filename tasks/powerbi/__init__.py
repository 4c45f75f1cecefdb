"""Power BI's "publish to web": query a public dashboard and decode its answers.

Belongs here: the protocol (embed page, cluster, model, schema, query, compressed answer). Does
not: HTTP (whoever calls brings an `Ask`), what a figure means, names of one publisher's tables.
"""
