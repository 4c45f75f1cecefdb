"""The shape in which tables come, and what is said when it changes."""

import io
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random

import polars as pl
import pytest
import xlsxwriter
from hypothesis import given
from hypothesis import strategies as st

from schemas.records import Outcome
from tasks.fetch import from_file
from tasks.items import item_of
from tasks.keep import keep
from tasks.publish import publish
from tasks.rebuild import rebuild
from tasks.shapes.changes import changes
from tasks.shapes.declared import columns_read
from tasks.shapes.records import record_wires
from tasks.shapes.wire import Wire, wire_from, wire_of
from tasks.sources import source_named
from tasks.vault.memory import MemoryStore
from tests.tasks.publisher import DOSES, SMALL

DAY = datetime(2022, 2, 10, tzinfo=UTC)


def shape(text: str, version: int = 1) -> Wire:
    """Return the shape of one table of comma-separated cells, its names in the first line."""
    names, *rows = [line.split(",") for line in text.splitlines()]
    frame = pl.DataFrame(rows, schema=names, orient="row")
    return wire_of({"main": text.encode()}, {"tests": frame}, parser_version=version)


KINDS = {
    "number": ["0", "-1", "1,992,000", "38 378 277", "1.5e3", "12 %", "\u22122"],
    "day": ["2022-02-10", "2022-02-10T06:00:00Z", "10/02/2022", "1.2.2022", "18Feb2021"],
    "text": ["PRK", "2022-W11", "NA", "#country+code", "1 of 2"],
    "blank": ["", " "],
}


def kind_of_column(*cells: str) -> str:
    """Return the kind of a column."""
    wire = wire_of({}, {"tests": pl.DataFrame({"a": cells})}, parser_version=1)
    return wire.tables["tests"][0][1]


@pytest.mark.parametrize("kind", KINDS)
def test_each_kind_is_told_by_its_texts(kind: str) -> None:
    """Blank cells do not count; a column is what at least half of its cells are."""
    for cell in KINDS[kind]:
        assert kind_of_column(cell, "", " ") == kind, cell
    assert kind_of_column("7", "", "NA", "x") == "text"
    assert kind_of_column("7", "", "NA") == "number"


def meant(*cells: str, kind: str = "number") -> str:
    """Return the kind of a column from which its source reads one."""
    frame, wanted = pl.DataFrame({"a": cells}), {"tests": {"a": kind}}
    return wire_of({}, {"tests": frame}, parser_version=1, wanted=wanted).tables["tests"][0][1]


ODD = {
    "one of two": (("7", "n/a"), "number"),
    "two of three": (("7", "n/a", "8*"), "number"),
    "five of six": (("7", "n/a", "8*", "n/a", "n/a", "n/a"), "number"),
    "six of seven": (("7", "n/a", "8*", "n/a", "n/a", "n/a", "n/a"), "text"),
    "six of twelve": (("n/a",) * 6 + ("7",) * 6, "number"),
    "all of three": (("ten", "many", "8*"), "text"),
    "all that are filled": (("ten", "many", ""), "text"),
    "the only one of a row": (("n/a",), "text"),
    "the only one among blanks": (("n/a", "", ""), "blank"),
    "days": (("2022-02-10", "2022-02-11", "1.2.2022"), "day"),
    "days and one figure": (("2022-02-10", "1.2.2022", "7"), "number"),
    "a lone day among blanks": (("1.2.2022", ""), "blank"),
}


@pytest.mark.parametrize(("cells", "kind"), ODD.values(), ids=ODD.keys())
def test_a_few_odd_cells_are_no_other_kind(cells: tuple[str, ...], kind: str) -> None:
    """As long as one is left of the kind that is read; where none is, the kind is another."""
    assert meant(*cells) == kind
    assert meant(*reversed(cells)) == kind


def test_a_few_odd_days_are_no_other_kind() -> None:
    """A day is meant, so figures are the odd ones; words are nobody's kind."""
    assert meant("2022-02-10", "7", "8", kind="day") == "day"
    assert meant("6", "7", "8", kind="day") == "number"
    assert meant("7", "n/a", "x", kind="") == "text"


@given(
    cells=st.lists(st.sampled_from(["7", "8", "n/a", "8*", "2022-02-10", ""]), max_size=14),
    order=st.randoms(use_true_random=False),
)
def test_the_kind_is_the_same_in_any_order_and_never_one_that_no_cell_is(
    cells: list[str], order: Random
) -> None:
    """A column of which no cell is a figure is no column of figures."""
    kind = meant(*cells, "n/a")
    other = [*cells, "n/a"]
    order.shuffle(other)
    assert meant(*other) == kind
    assert kind != "number" or {"7", "8"} & set(cells)


CHANGES = {
    "same": ("a,b\n1,x\n", "a,b\n2,y\n", []),
    "new": ("a\n1\n", "a,b,c\n1,x,y\n", ["new columns 'b', 'c'"]),
    "gone": ("a,b\n1,x\n", "a\n1\n", ["gone column 'b'"]),
    "renamed": ("a,b\n1,x\n", "a,c\n1,x\n", ["new column 'c'; gone column 'b'"]),
    "order": ("a,b\n1,x\n", "b,a\nx,1\n", ["columns in another order"]),
    "kind": ("a\n1\n", "a\nNA\n", ["'a' holds text and held number"]),
    "filled": ("a\n\n", "a\n7\n", []),
}


@pytest.mark.parametrize(("before", "now", "told"), CHANGES.values(), ids=CHANGES.keys())
def test_what_changed_is_said(before: str, now: str, told: list[str]) -> None:
    """What appeared, what vanished, what moved and what holds something else now."""
    expected = [f"The wire format changed in tests: {one}." for one in told]
    assert changes(shape(before), shape(now)) == expected


def test_many_columns_are_counted() -> None:
    """A sentence stays readable when half of a table goes."""
    wide = ",".join(f"c{number}" for number in range(80))
    [told] = changes(shape(f"a,{wide}\n" + "1," * 80 + "1\n"), shape("a\n1\n"))
    assert told.endswith("'c6', 'c7' and 72 more.")


def test_another_parser_changes_nothing() -> None:
    """What a newer version of our own parser sees otherwise is not the publisher's doing."""
    assert changes(shape("a\n1\n", version=1), shape("b\n1\n", version=2)) == []


def test_sheets_and_packing_are_part_of_the_shape() -> None:
    """A workbook's sheets by name; a table that comes packed where it came as text."""

    def book(*names: str) -> bytes:
        buffer = io.BytesIO()
        with xlsxwriter.Workbook(buffer, {"in_memory": True}) as made:
            for name in names:
                made.add_worksheet(name).write(0, 0, "x")
        return buffer.getvalue()

    def seen(body: bytes) -> Wire:
        return wire_of({"main": body}, {}, parser_version=1)

    one, two = seen(book("Data")), seen(book("Data", "Notes"))
    assert two.sheets == {"main": ("Data", "Notes")}
    assert changes(one, two) == ["The wire format changed: new sheet 'Notes'."]
    assert changes(seen(b"a\n1\n"), seen(b"\x1f\x8b\x08")) == [
        "The wire format changed: main is gzip and was text."
    ]
    assert seen(b"PK\x03\x04 no workbook").sheets == {"main": ()}


@given(cells=st.lists(st.text(max_size=5), min_size=1, max_size=5), version=st.integers(1, 9))
def test_a_shape_comes_back_from_what_was_written(cells: list[str], version: int) -> None:
    """And gives the same fingerprint, whatever the cells are."""
    wire = wire_of({}, {"tests": pl.DataFrame({"a": cells})}, parser_version=version)
    assert wire_from(wire.document()) == wire
    assert wire_from(wire.document()).fingerprint == wire.fingerprint


Take = Callable[[str, int], Outcome]


@pytest.fixture
def lake() -> MemoryStore:
    """Return an empty lake."""
    return MemoryStore()


@pytest.fixture
def take(lake: MemoryStore, tmp_path: Path) -> Take:
    """Return how a body that was had so many days later is published."""

    def taken(body: str, day: int) -> Outcome:
        path = tmp_path / "at_hand.csv"
        path.write_text(body)
        fetched = from_file(DOSES, path, retrieved_at=DAY + timedelta(days=day))
        keep(lake, fetched)
        return publish(lake, DOSES, [item_of(DOSES, fetched)], at=DAY)[0]

    return taken


PLAIN = "iso3,doses\nPRK,0\n"
WITH_MORE = "iso3,doses,extra\nPRK,0,1\n"


def test_a_change_is_told_with_the_outcome_and_kept_beside_the_evidence(
    lake: MemoryStore, take: Take
) -> None:
    """Once for all tables that changed alike; the same again says nothing."""
    assert take(PLAIN, 0).notes == ()
    assert take(PLAIN, 1).notes == ()
    [note] = take(WITH_MORE, 2).notes
    assert note == "The wire format changed in allocations, deliveries: new column 'extra'."
    assert take(WITH_MORE, 2).notes == ()
    keys = list(lake.list("raw/doses/wire/"))
    assert len(keys) == 3
    kept = lake.get(keys[0])
    assert kept is not None
    assert b'"fingerprint": "' in kept.body


def test_a_backfilled_snapshot_is_compared_with_the_one_before_it_in_time(take: Take) -> None:
    """Not with the newest."""
    take(PLAIN, 0)
    take(WITH_MORE, 9)
    assert take(PLAIN, 5).notes == ()


def test_a_rebuild_writes_the_shapes_anew(lake: MemoryStore, take: Take) -> None:
    """So that the next snapshot is compared with what today's parser sees."""
    take(PLAIN, 0)
    [key] = lake.list("raw/doses/wire/")
    good = lake.get(key)
    lake.delete(key)
    lake.put_if_absent(key, b"noise")
    lake.delete("raw/doses/shapes.json")
    assert take(WITH_MORE, 1).notes == ()
    rebuild(lake, DOSES, at=DAY)
    again = lake.get(key)
    assert good is not None
    assert again is not None
    assert again.body == good.body


def test_no_shapes_write_nothing(lake: MemoryStore) -> None:
    """An empty lake stays empty."""
    assert record_wires(lake, SMALL, {}) == {}
    assert list(lake.list("")) == []


def test_only_the_kind_of_a_column_that_is_read_is_told() -> None:
    """Another column may hold what it will; that it comes or goes is told all the same."""
    before, now = shape("iso3,doses,note,old\nPRK,1,x,1"), shape("iso3,doses,note\nPRK,many,1")
    assert changes(before, now, read={"tests": {"iso3", "doses"}}) == [
        "The wire format changed in tests: gone column 'old'; 'doses' holds text and held number."
    ]
    assert "'note' holds number" in changes(before, now)[0]


def test_columns_that_are_read_are_those_declared() -> None:
    """Every name and every stand-in of every canonical column, and what the shape of rows needs."""
    read = columns_read(source_named("who_flunet"))["tests"]
    assert {"COUNTRY_CODE", "COUNTRY_AREA_TERRITORY", "INF_ALL", "ISOYW"} <= read
    assert "AH1" not in read
