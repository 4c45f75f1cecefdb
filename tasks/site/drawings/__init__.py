"""Drawings of figures over versions, months and years, of ladders, and their markup."""
