"""Figures of months and years: what versions show of each, and which ones they revised. No SVG."""
