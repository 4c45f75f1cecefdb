"""The real histories: bytes, every state checked. Nothing where the corpus is missing."""

import tempfile
from pathlib import Path
from typing import Any

from benchmarks.corpora import Corpus, corpora
from benchmarks.footprint import footprint
from benchmarks.history import History
from benchmarks.taking import check, take


def measure(*, quick: bool) -> dict[str, Any]:
    """Return the figures of the real histories by name; they are small, so quick is the same."""
    del quick
    return {corpus.name: _figures(corpus) for corpus in corpora()}


def _figures(corpus: Corpus) -> dict[str, Any]:
    history = History(name=corpus.name, key=corpus.key, frames=lambda: iter(corpus.frames))
    versions = len(corpus.frames)
    with tempfile.TemporaryDirectory() as name:
        taken = take(history, versions, Path(name))
        check(history, taken, taken.lake, range(versions))
        figures = footprint(
            taken.lake / history.name,
            taken.full_bytes,
            taken.changed,
            key=corpus.key,
            bodies=corpus.bodies,
        )
    return {"rows": [taken.rows[0], taken.rows[-1]], **figures}
