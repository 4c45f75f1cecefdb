"""The real histories, from the corpus beside the project; none where it is missing.

UNDP's table and two of FIND's, every column of them. A column has one type over all versions: whole
number, number or text, whichever holds for every value; names are in lower case, because Delta
ignores case. Rows whose key is blank or not unique are left out. FIND's daily files are no
history: each covers its own day only.
"""

from dataclasses import dataclass
from pathlib import Path

import polars as pl

CORPUS = Path(__file__).parents[2] / "shared" / "corpus"
NULLS = ["", "NA"]
KEYS = {
    "undp_vaccine_equity": ("iso3",),
    "find_tests_timeseries": ("country", "date"),
    "find_unit_info": ("set", "unit"),
}


@dataclass(frozen=True, kw_only=True, slots=True)
class Corpus:
    """A real history: the bodies as published, oldest first, and what they say."""

    name: str
    key: tuple[str, ...]
    bodies: tuple[bytes, ...]
    frames: tuple[pl.DataFrame, ...]


def corpora() -> list[Corpus]:
    """Return the real histories that are at hand."""
    return [_corpus(name, key) for name, key in KEYS.items() if (CORPUS / name).is_dir()]


def _corpus(name: str, key: tuple[str, ...]) -> Corpus:
    bodies = tuple(path.read_bytes() for path in sorted((CORPUS / name).glob("*.csv")))
    texts = [_sound(_text(body), key) for body in bodies]
    types = _types(pl.concat(texts, how="diagonal"))
    frames = [
        text.select(pl.col(column).cast(types[column]) for column in text.columns) for text in texts
    ]
    return Corpus(
        name=name, key=key, bodies=bodies, frames=tuple(frame.sort(key) for frame in frames)
    )


def _text(body: bytes) -> pl.DataFrame:
    text = pl.read_csv(body, infer_schema=False, null_values=NULLS, encoding="utf8-lossy")
    return text.rename(str.lower)


def _sound(text: pl.DataFrame, key: tuple[str, ...]) -> pl.DataFrame:
    return text.drop_nulls(key).unique(key, keep="none", maintain_order=True)


def _types(every: pl.DataFrame) -> dict[str, pl.DataType]:
    types: dict[str, pl.DataType] = {}
    for column in every.iter_columns():
        fits = (
            dtype
            for dtype in (pl.Int64(), pl.Float64())
            if column.cast(dtype, strict=False).null_count() == column.null_count()
        )
        types[column.name] = next(fits, pl.String())
    return types
