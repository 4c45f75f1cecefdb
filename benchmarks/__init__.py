"""Figures, each with the command that makes it: `make bench` runs all and writes results/*.json."""
