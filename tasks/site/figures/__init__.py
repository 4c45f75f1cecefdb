"""Figures of a country over the versions: their steps, and the sentences about them."""
