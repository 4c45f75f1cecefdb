"""Exports: tables of a lake as a workbook, as CSV, as Delta tables, outside of the lake.

Not here: which tables (the command line), what a lake publishes by itself (vault, marts).
"""
