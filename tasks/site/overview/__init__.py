"""Pages on the lake as a whole: the front page, sources, status, methods, glossary."""
