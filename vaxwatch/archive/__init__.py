"""The embedded archive: snapshots made of published figures, each row with its address.

Belongs here: one folder a source, with a `_manifest.json` that says when each file could first be
seen. Does not: figures that nobody published, and code that reads them (tasks and flows do).
"""

from pathlib import Path

from schemas.errors import UnknownName

HERE = Path(__file__).parent


def archive_folder(source: str) -> Path:
    """Return the folder of a source's embedded snapshots.

    Raises UnknownName when the archive has none of this source.

    >>> sorted(path.name for path in archive_folder("covax_allocations").glob("*.csv"))
    ['2021-02-03.csv', '2021-03-02.csv']
    """
    known = sorted(manifest.parent.name for manifest in HERE.glob("*/_manifest.json"))
    if source not in known:
        raise UnknownName("archive of", source, known)
    return HERE / source
