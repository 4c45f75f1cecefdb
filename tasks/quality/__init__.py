"""
Is what was just published as it should be, beside the vintages before? Told, never held back.

Belongs here: what is measured on a published table, the checkpoint that holds it against its suite,
the dataset of results, and the pages that show them to people (Data Docs). Does not: what a row
must be (`tasks.parsing.validate`), what is held back (`tasks.acceptance`), what is an alert
(`tasks.alerts.rules`), and which expectations there are (`schemas.expectations`). Great
Expectations and pandas are imported here and nowhere else, and only once something new was
published.
"""
