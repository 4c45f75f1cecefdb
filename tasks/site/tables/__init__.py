"""Pages of tables: the newest figures of each, its versions, and a page for each of the last."""
