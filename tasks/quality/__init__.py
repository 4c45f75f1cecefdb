"""Quality: is a published table as expected, beside the vintages before it?

Belongs here: measurements of a published table, the Great Expectations checkpoint, the dataset
`quality.results`, and the Data Docs that show it. Does not: what a row must be
(`tasks.parsing.validate`), what is held (`tasks.acceptance`), what is an alert
(`tasks.alerts.rules`), and which expectations exist (`schemas.expectations`). Great Expectations
and pandas are imported here and nowhere else, and only once something new was published.
"""
