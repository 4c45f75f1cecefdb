"""Answers in, tables out: a hand-made sample, the traps of wrong decoders, and all faults."""

import copy
import gzip
import json
from dataclasses import replace
from typing import Any

import polars as pl
import pytest

from schemas.errors import BadBody
from schemas.limits import Limits
from tasks.powerbi.answer_pages import Page, join_pages, read_page
from tests.tasks.powerbi.encoding import PLAIN, Shape, answer

FIGURES = Shape(names=("Country", "Doses"), kinds=(1, 4), dictionaries=(0,))


def sample() -> dict[str, Any]:
    """Return an answer made by hand with everything in it that an answer may have."""
    select = [
        {"Kind": 1, "Value": "G1", "Name": "Recipient"},
        {"Kind": 2, "Value": "M1", "Name": "Doses"},
        {"Kind": 1, "Value": "G2", "Name": "Donor"},
        {"Kind": 1, "Value": "G3", "Name": "Date"},
    ]
    schema = [
        {"N": "G1", "T": 1, "DN": "D1"},
        {"N": "G2", "T": 1, "DN": "D0"},
        {"N": "G3", "T": 7},
        {"N": "M1", "T": 3},
    ]
    rows = [
        {"S": schema, "C": [1, 0, 1_622_764_800_000, "3.7280000000000006"]},
        {"C": [0, "-86400000", 2.50], "R": 2},
        {"R": 11, "Ø": 4},
        {"C": ["Literal"], "R": 14},
        {"C": [1], "R": 4, "Ã\u02dc": 10},
        {"S": [schema[3], *schema[:3]], "C": ["479L", 0, 1, 0]},
        {"R": 14, "M1": "12.5D"},
    ]
    data = {
        "descriptor": {
            "Select": select,
            "Expressions": {"Primary": {"Groupings": [{"Member": "DM1"}]}},
        },
        "dsr": {
            "DS": [
                {
                    "N": "DS0",
                    "PH": [{"DM0": [{"S": [{"N": "A0", "T": 4}], "A0": 7}]}, {"DM1": rows}],
                    "IC": "True",
                    "HAD": "true",
                    "Msg": [],
                    "ValueDicts": {"D0": ["Donor A", "MTN Group"], "D1": ["COVAX", "PRK"]},
                }
            ]
        },
    }
    return {"results": [{"result": {"data": data}}]}


SAMPLE = [
    ("PRK", "3.7280000000000006", "Donor A", "2021-06-04"),
    ("COVAX", "2.5", "Donor A", "1969-12-31"),
    ("COVAX", "2.5", "Donor A", None),
    ("Literal", "2.5", "Donor A", None),
    ("PRK", None, None, None),
    ("COVAX", "479", "MTN Group", "1970-01-01"),
    ("COVAX", "12.5", "MTN Group", "1970-01-01"),
]


def changed(path: str, value: Any) -> dict[str, Any]:
    """Return the sample with one place changed; the path starts in the data set."""
    document = sample()
    inside: Any = document["results"][0]["result"]["data"]["dsr"]["DS"][0]
    *way, last = path.split("/")
    for step in way:
        inside = inside[int(step) if step.isdecimal() else step]
    inside[int(last) if last.isdecimal() else last] = value
    return document


def page(*rows: tuple[Any, ...], restart: Any = None, is_complete: bool = True) -> Page:
    """Return a page of two columns."""
    frame = pl.DataFrame(rows, schema=["a", "b"], orient="row").cast(pl.String)
    return Page(frame=frame, restart=restart, is_complete=is_complete)


def test_sample_by_hand_is_read_cell_by_cell() -> None:
    """Repeats, nulls, dictionaries, literals, dates, a schema that comes again in another order."""
    read = read_page(json.dumps(sample()).encode(), where="example")
    assert read.frame.columns == ["Recipient", "Doses", "Donor", "Date"]
    assert read.frame.rows() == SAMPLE
    assert (read.is_complete, read.restart) == (True, None)


@pytest.mark.parametrize("pack", [bytes, gzip.compress, lambda body: b"\xef\xbb\xbf" + body])
def test_bytes_may_be_packed_without_a_word(pack: Any) -> None:
    """Gzip that no header announces, and a byte-order mark, change nothing."""
    body = json.dumps(sample(), ensure_ascii=False).encode()
    assert read_page(pack(body), where="example").frame.rows() == SAMPLE


def test_parsed_json_is_read_like_its_bytes() -> None:
    """Who has parsed an answer already need not write it out again."""
    assert read_page(sample(), where="example").frame.rows() == SAMPLE


@pytest.mark.corpus
def test_recorded_answer_decodes_to_its_known_rows(corpus: Any) -> None:
    """The one real answer at hand, against the rows that it decodes to."""
    recorded = corpus / "powerbi_dsr_samples" / "recorded_2024-09-11_repeat_bit.json"
    expected = json.loads(recorded.with_suffix(".expected.json").read_text("utf-8"))
    read = read_page(recorded.read_bytes(), where="recorded")
    names = list(expected[0])
    as_numbers = read.frame.with_columns(pl.col(names[2]).cast(pl.Float64)).select(names)
    assert as_numbers.to_dicts() == expected
    assert read.is_complete


def test_blank_text_is_no_sign_of_a_repetition() -> None:
    """A donor without a country has none, not that of the row above (CIV under COVAX)."""
    shape = Shape(names=("Recipient", "ISO"), kinds=(1, 1), dictionaries=(0, 1))
    rows = [("Côte d'Ivoire", "CIV"), ("COVAX", ""), ("COVAX", None), ("Zambia", "ZMB")]
    assert read_page(answer(shape, rows), where="example").frame.rows() == rows


def test_index_counts_in_its_own_dictionary() -> None:
    """The dictionary is the one that DN names, not the one at the column's place."""
    document = changed("ValueDicts", {"D1": ["Donor A", "MTN Group"], "D0": ["COVAX", "PRK"]})
    with_own = read_page(document, where="example").frame["Recipient"].to_list()
    assert with_own == ["MTN Group", "Donor A", "Donor A", "Literal", "MTN Group"] + 2 * ["Donor A"]


def test_dictionaries_of_two_pages_are_apart() -> None:
    """The same index means another text on another page."""
    pages = [
        read_page(answer(FIGURES, [("PRK", 1), ("KHM", 2)], restart=[["'KHM'"]]), where="example"),
        read_page(answer(FIGURES, [("KHM", 2), ("LAO", 3)]), where="example"),
    ]
    assert join_pages(pages, where="example").rows() == [("PRK", "1"), ("KHM", "2"), ("LAO", "3")]


def test_only_the_overlap_is_left_out() -> None:
    """Rows that stand twice on a page are twice in the table."""
    pages = [
        page(("a", 1), ("a", 1), ("b", 1), restart=[["'b'"]], is_complete=False),
        page(("b", 1), ("b", 1), ("c", 1)),
    ]
    assert [row[0] for row in join_pages(pages, where="example").rows()] == [
        "a",
        "a",
        "b",
        "b",
        "c",
    ]


def test_page_of_the_overlap_alone_is_an_end() -> None:
    """Where the last page was full to the row, the next one has nothing new."""
    pages = [page(("a", 1), restart=[["'a'"]]), page(("a", 1), restart=[["'a'"]])]
    assert join_pages(pages, where="example").rows() == [("a", "1")]
    assert join_pages([page(("a", 1), restart=1), page()], where="example").rows() == [("a", "1")]


@pytest.mark.parametrize(
    ("pages", "seen"),
    [
        ([], "no page"),
        ([page(("a", 1), is_complete=False)], "an end after 1 pages"),
        ([page(("a", 1), restart=1)], "an end after 1 pages"),
        (2 * [page(("a", 1), restart=1, is_complete=False)], "an end after 2 pages"),
        ([page(("a", 1), restart=1), page(("b", 1))], "did not end the page before"),
        ([page(restart=1), page(("b", 1))], "did not end the page before"),
        ([page(("a", 1), restart=1), replace(page(), frame=pl.DataFrame({"c": ["1"]}))], "columns"),
    ],
)
def test_pages_that_do_not_join_are_refused(pages: list[Page], seen: str) -> None:
    """A sample, a stall, a missing page and a page that changed meanwhile are no table."""
    with pytest.raises(BadBody, match=seen):
        join_pages(pages, where="example")


@pytest.mark.parametrize(
    ("flags", "is_complete"),
    [
        ({"IC": True, "HAD": True}, True),
        ({"IC": "True", "HAD": None}, True),
        ({"IC": None, "HAD": True}, True),
        ({"IC": None, "HAD": True, "RT": [["'a'"]]}, False),
        ({"IC": True, "HAD": False}, False),
        ({"IC": "False", "HAD": "True"}, False),
        ({"IC": None, "HAD": None}, False),
    ],
)
def test_completeness_comes_from_the_server(flags: dict[str, Any], is_complete: bool) -> None:  # noqa: FBT001 - a column of the table above
    """True, as a word too; without a flag the table counts as a sample."""
    assert read_page(answer(FIGURES, [("PRK", 1)], **flags), where="a").is_complete is is_complete


ROWS = "PH/1/DM1"
ODD = {
    "a row before any schema": (f"{ROWS}/0", {"C": [1]}, "row 1.*before any schema"),
    "a repetition in the first row": (f"{ROWS}/0/R", 1, "row 1.*without a row above"),
    "a repetition after a new schema": (f"{ROWS}/5/R", 1, "row 6.*without a row above"),
    "bits beyond the columns": (f"{ROWS}/1/R", 16, "row 2.*bits 16"),
    "bits that are no number": (f"{ROWS}/1/R", True, "bits R True"),
    "negative bits": (f"{ROWS}/1/R", -1, "bits -1"),
    "bits under two keys": (f"{ROWS}/4/Ø", 2, r"null bits under Ø and what it is misread"),
    "repeated and null at once": (f"{ROWS}/1/Ø", 2, "repeats and is null"),
    "too few values": (f"{ROWS}/0/C", [1, 0], "2 in C"),
    "too many values": (f"{ROWS}/1/C", [0, 0, 0, 0], "4 in C"),
    "values that are no list": (f"{ROWS}/0/C", 5, "no list in C"),
    "values in two places": (f"{ROWS}/0/M1", 5, "values in C beside M1"),
    "a value of no column": (f"{ROWS}/6", {"R": 14, "M7": 5}, "values for M7"),
    "no value at all": (f"{ROWS}/6", {"R": 6}, "values for nothing"),
    "a row that is no object": (f"{ROWS}/1", [1], "row 2: seen a list"),
    "an index beyond the dictionary": (f"{ROWS}/0/C/0", 2, "index 2 in a dictionary of 2"),
    "a negative index": (f"{ROWS}/0/C/0", -1, "index -1"),
    "true as an index": (f"{ROWS}/0/C/0", True, "index True"),
    "a broken number as an index": (f"{ROWS}/0/C/0", 1.5, "index 1.5"),
    "a schema without columns": (f"{ROWS}/0/S", [], "lists no columns"),
    "a schema with a column twice": (f"{ROWS}/0/S/1/N", "G1", "names a column twice"),
    "a column without a name": (f"{ROWS}/0/S/1", {"T": 1}, "the column"),
    "a type that is no number": (f"{ROWS}/0/S/1/T", "1", "the column"),
    "no such dictionary": (f"{ROWS}/0/S/1/DN", "D7", "no dictionary D7"),
    "no dictionaries": ("ValueDicts", None, "no dictionary D1"),
    "a column that was asked for": (f"{ROWS}/0/S/0/N", "G9", "no column G1"),
    "cells of a matrix": (f"{ROWS}/1", {"R": 15, "X": [{"M0": 5}]}, "cells of a matrix"),
    "groups inside of groups": (f"{ROWS}/1", {"R": 15, "M": [{"DM2": []}]}, "groups inside"),
    "no rows of that name": ("PH", [{"DM0": []}], "0 lists of rows DM1"),
    "rows of that name twice": ("PH", [{"DM1": []}, {"DM1": []}], "2 lists of rows DM1"),
    "rows that are no list": ("PH", 5, "0 lists of rows DM1"),
    "a word for complete": ("IC", "perhaps", "IC = 'perhaps'"),
    "headers of a matrix": ("SH", [{"DM1": []}], "SH beside the rows"),
    "a message": ("Msg", [{"Code": "Sampled"}], "Sampled"),
    "an error in the data set": ("odata.error", {"code": "rsOut"}, "the server's own error.*rsOut"),
}


@pytest.mark.parametrize("name", ODD)
def test_odd_answer_is_refused(name: str) -> None:
    """What is not as we know it says where and what; nothing is guessed."""
    path, value, seen = ODD[name]
    with pytest.raises(BadBody, match=f"(?s)^example.*{seen}"):
        read_page(json.dumps(changed(path, value)).encode(), where="example")


def without(*path: Any) -> dict[str, Any]:
    """Return the sample with one of its parts gone."""
    document = copy.deepcopy(sample())
    inside: Any = document
    for step in path[:-1]:
        inside = inside[step]
    del inside[path[-1]]
    return document


DATA = ("results", 0, "result", "data")


@pytest.mark.parametrize(
    ("document", "seen"),
    [
        ({}, "no 'results'"),
        ({"error": {"code": "TokenExpired"}}, "the server's own error.*TokenExpired"),
        ({"results": []}, "no 'results' with one entry"),
        ({"results": [1]}, "no 'results' with one entry"),
        ({"results": [{"result": {"error": {"errorCode": "rsX"}}}]}, "own error.*rsX"),
        (
            {"results": [{"result": {"data": {"dsr": {"DataShapes": [{"odata.error": "x"}]}}}}]},
            "own error.*odata.error",
        ),
        (without("results", 0, "result"), "no 'result'"),
        (without(*DATA), "no 'data'"),
        (without(*DATA, "dsr"), "no 'dsr'"),
        (without(*DATA, "descriptor"), "no 'descriptor'"),
        (without(*DATA, "descriptor", "Select"), "whose Select lacks"),
        (without(*DATA, "descriptor", "Select", 0, "Name"), "whose Select lacks"),
        (
            without(*DATA, "descriptor", "Expressions", "Primary", "Groupings", 0, "Member"),
            "a group without its Member",
        ),
    ],
)
def test_envelope_that_is_none_is_refused(document: dict[str, Any], seen: str) -> None:
    """A fault under status 200 is reported in the server's words, others by what is missing."""
    with pytest.raises(BadBody, match=f"^example: seen .*{seen}"):
        read_page(document, where="example")


@pytest.mark.parametrize(
    ("body", "seen"),
    [
        (b"<!DOCTYPE html><html>Sorry", "a web page"),
        (b"", "empty"),
        (b"[1]", "a JSON list"),
        (b'{"a": ' + b"9" * 5_000 + b"}", "number"),
        (json.dumps(sample()).encode()[:-9], "no whole JSON"),
        (gzip.compress(b"{}", mtime=0)[:-5], "damaged gzip"),
        (b"[" * 100 + b"]" * 100, "nested 100 deep"),
    ],
)
def test_body_that_is_no_answer_is_refused(body: bytes, seen: str) -> None:
    """A web page under status 200, a broken answer and a bomb never become a table."""
    with pytest.raises(BadBody, match=seen):
        read_page(body, where="example")


def test_column_asked_for_twice_is_refused() -> None:
    """Two columns of one name would be one."""
    document = sample()
    select = document["results"][0]["result"]["data"]["descriptor"]["Select"]
    select[0]["Name"] = select[1]["Name"]
    with pytest.raises(BadBody, match="the names Doses, Doses, Donor, Date"):
        read_page(document, where="example")


def test_two_groups_are_a_matrix() -> None:
    """Rows inside of rows are refused with what to ask instead."""
    document = sample()
    expressions = document["results"][0]["result"]["data"]["descriptor"]["Expressions"]
    expressions["Primary"]["Groupings"].append({"Member": "DM2"})
    with pytest.raises(BadBody, match="ask for one with one group"):
        read_page(document, where="example")


def test_single_figure_has_no_groups() -> None:
    """A card has its one figure under its name, in DM0."""
    document = answer(Shape(names=("Total",), kinds=(4,)), [], style=PLAIN)
    data = document["results"][0]["result"]["data"]
    data["descriptor"]["Expressions"] = {}
    data["dsr"]["DS"][0]["PH"] = [{"DM0": [{"S": [{"N": "M0", "T": 4}], "M0": "479L"}]}]
    assert read_page(document, where="example").frame.rows() == [("479",)]


def test_table_without_rows_has_its_columns() -> None:
    """A complete answer without rows is an empty table."""
    read = read_page(answer(FIGURES, []), where="example")
    assert (read.frame.columns, read.frame.height) == (["Country", "Doses"], 0)
    assert join_pages([read], where="example").is_empty()


@pytest.mark.parametrize("limits", [Limits(cells=5), Limits(unpacked=8)])
def test_few_bytes_that_fill_the_memory_are_refused(limits: Limits) -> None:
    """Rows that repeat cost the sender nothing; we count them whole."""
    with pytest.raises(BadBody, match=r"more than 8 characters|at most 5 cells"):
        read_page(answer(FIGURES, [("PRK", 1)] * 3), where="example", limits=limits)
