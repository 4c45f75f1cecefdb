"""The headers with which a bucket serves an object: its type, and for pages how long it holds."""

from pathlib import PurePosixPath
from typing import Final

TYPES: Final = {
    ".atom": "application/atom+xml; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".csv": "text/csv; charset=utf-8",
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".json": "application/json",
    ".jsonld": "application/ld+json",
    ".md": "text/markdown; charset=utf-8",
    ".parquet": "application/vnd.apache.parquet",
    ".png": "image/png",
    ".sql": "text/plain; charset=utf-8",
    ".svg": "image/svg+xml",
    ".txt": "text/plain; charset=utf-8",
    ".xml": "application/xml",
    ".zst": "application/zstd",
}
"""The media type by how a name ends."""
PAGES: Final = ("site/", "data-docs/")
"""Folders of a lake that browsers open."""
BRIEFLY: Final = "public, max-age=60"
"""A page keeps its name when it changes, and so do its style and its data."""


def object_headers(key: str) -> dict[str, str]:
    """Return the headers of an object by its name in the lake, as S3 names them.

    >>> object_headers("site/index.html")
    {'ContentType': 'text/html; charset=utf-8', 'CacheControl': 'public, max-age=60'}
    >>> object_headers("raw/bodies/1a/1a2b.zst"), object_headers("README")
    ({'ContentType': 'application/zstd'}, {})
    """
    found: dict[str, str] = {}
    if kind := TYPES.get(PurePosixPath(key).suffix):
        found["ContentType"] = kind
    if key.startswith(PAGES):
        found["CacheControl"] = BRIEFLY
    return found
