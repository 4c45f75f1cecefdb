"""Snapshots to draw: small enough that everything happens to them soon."""

from hypothesis import strategies as st

from tests.tasks.vault.proof.model import SnapshotModel

KEYS = [(iso3, product) for iso3 in ("KOR", "PRK") for product in ("A", "B")]
HOURS = st.integers(0, 9)
PARSERS, LEASTS = st.sampled_from([1, 1, 1, 2]), st.sampled_from([0, 0, 2])
COUNTRIES = st.sampled_from([("KOR",), ("PRK",), ("KOR", "PRK")])


@st.composite
def whole(draw: st.DrawFn) -> SnapshotModel:
    """Draw a snapshot that covers the whole table."""
    rows = draw(st.dictionaries(st.sampled_from(KEYS), st.none() | st.integers(0, 2)))
    unparsable = draw(st.sets(st.sampled_from(KEYS), max_size=1)) - rows.keys()
    return SnapshotModel(
        rows=tuple(sorted(rows.items())),
        kind=draw(st.sampled_from(["Int64"] * 4 + ["Float64"])),
        index=draw(st.none() | st.integers(1, 2)),
        unparsable=frozenset(unparsable),
        held=draw(st.sampled_from([False] * 4 + [True])),
        parser=draw(PARSERS),
        least=draw(LEASTS),
    )


@st.composite
def part(draw: st.DrawFn) -> SnapshotModel:
    """Draw a snapshot that covers some countries, or all."""
    covers = draw(st.none() | COUNTRIES)
    keys = [key for key in KEYS if covers is None or key[0] in covers]
    rows = draw(st.dictionaries(st.sampled_from(keys), st.none() | st.integers(0, 2)))
    unparsable = draw(st.sets(st.sampled_from(keys), max_size=1)) - rows.keys()
    return SnapshotModel(
        rows=tuple(sorted(rows.items())),
        unparsable=frozenset(unparsable),
        covers=covers,
        parser=draw(PARSERS),
        least=draw(LEASTS),
    )
