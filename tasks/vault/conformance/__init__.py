"""Conformance: whether a store keeps the promises that the vault needs."""
