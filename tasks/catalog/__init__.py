"""Catalog: the SQL with which DuckDB opens a lake, made from what the vaults hold."""
