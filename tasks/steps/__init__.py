"""The steps that the operations on a source share: parse, publish, check, evaluate, deliver.

Belongs here: one step each, called with the run context. Does not: the order of the steps
(`tasks.pipeline`), the clock, frames of single tables.
"""
