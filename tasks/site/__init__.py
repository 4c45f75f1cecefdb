"""The site: pages of countries, tables, sources and alerts that work from a file, in `site/`."""
