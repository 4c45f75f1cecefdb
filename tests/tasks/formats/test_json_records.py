"""Lists of JSON objects as tables of strings."""

import gzip
import json
import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.errors import BadBody
from schemas.limits import Limits
from tasks.formats.json_records import parse_json, read_json_records, shape_of


def test_values_stay_as_published() -> None:
    """Texts with their spaces, numbers with their digits, truth as a word, the absent as null."""
    body = (
        b'[{"t": " NA ", "n": 1.50, "big": 123456789012345678901234567890, "e": 1E+3, "yes": true},'
        b' {"t": "", "n": -0, "more": null, "list": [1, 2.50], "object": {"a": "b"}}]'
    )
    frame = read_json_records(body, where="here")
    assert frame.columns == ["t", "n", "big", "e", "yes", "more", "list", "object"]
    assert frame.row(0)[:5] == (" NA ", "1.50", "123456789012345678901234567890", "1E+3", "true")
    assert frame.row(0)[5:] == (None, None, None)
    assert frame.row(1) == ("", "0", None, None, None, None, "[1,2.5]", '{"a":"b"}')


def test_records_are_found_by_their_path_and_out_of_gzip() -> None:
    """A page of OData, with a byte-order mark and packed."""
    page = {"@odata.context": "x", "value": [{"COUNTRY_CODE": "PRK", "SPEC_PROCESSED_NB": 0}]}
    body = gzip.compress(b"\xef\xbb\xbf" + json.dumps(page).encode())
    assert parse_json(body, where="here") == page
    assert read_json_records(body, where="here", path=["value"]).rows() == [("PRK", "0")]


REFUSED = {
    "empty": (b" \n", [], "an empty body"),
    "page": (b"<!DOCTYPE html><p>sorry", [], "a web page that begins with '<!DOCTYPE html>"),
    "NaN": (b'[{"a": 1.5}, {"a": NaN}]', [], "NaN, which is no number in JSON"),
    "Infinity": (b'[{"a": -Infinity}]', [], "-Infinity, which is no number in JSON"),
    "cut": (b'[{"a": 1}, {"a', [], "no whole JSON"),
    "text": (b"iso3,doses\n", [], "no whole JSON"),
    "no such name": (b'{"error": "x"}', ["value"], "no 'value' in the top"),
    "not a list": (b'{"value": {"a": 1}}', ["value"], "an object in 'value'"),
    "number": (b"[1]", [], "a number among the records"),
    "null": (b"[null]", [], "nothing among the records"),
    "none": (b'{"value": []}', ["value"], "no record"),
    "blank ones": (b"[{}, {}]", [], "no record"),
    "PDF": (b"%PDF-1.7", [], "a PDF document"),
}


@pytest.mark.parametrize(("body", "path", "seen"), REFUSED.values(), ids=REFUSED.keys())
def test_what_holds_no_records_is_refused(body: bytes, path: list[str], seen: str) -> None:
    """The sentence says where, what was seen and what was expected."""
    with pytest.raises(BadBody, match=re.escape(seen)) as refusal:
        read_json_records(body, where="who_flunet", path=path)
    assert str(refusal.value).startswith("who_flunet: seen ")


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=6),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3)
    ),
    max_leaves=12,
)


def depth(value: Any) -> int:
    """Return the depth of a value by walking through it."""
    if not isinstance(value, dict | list):
        return 0
    inner = value.values() if isinstance(value, dict) else value
    return 1 + max((depth(one) for one in inner), default=0)


def names(value: Any) -> int:
    """Return how many names objects have, by walking through a value."""
    if not isinstance(value, dict | list):
        return 0
    inner = value.values() if isinstance(value, dict) else value
    return (len(value) if isinstance(value, dict) else 0) + sum(map(names, inner))


@given(value=JSON, ascii_only=st.booleans())
def test_shape_is_known_without_parsing(value: object, *, ascii_only: bool) -> None:
    """Whatever brackets, quotes and backslashes stand in texts."""
    assert shape_of(json.dumps(value, ensure_ascii=ascii_only).encode()) == (
        depth(value),
        names(value),
    )


@pytest.mark.parametrize("bracket", [b"[", b'{"a":'])
def test_json_ten_thousand_deep_is_refused_before_it_is_parsed(bracket: bytes) -> None:
    """No parser has to bear it, closed or not."""
    with pytest.raises(BadBody, match="JSON nested 10,000 deep"):
        parse_json(bracket * 10_000, where="here")
    closing = b"]" if bracket == b"[" else b"}"
    with pytest.raises(BadBody, match="JSON nested 10,000 deep"):
        parse_json(bracket * 10_000 + b"1" + closing * 10_000, where="here")


def test_too_many_records_and_too_long_cells_are_refused() -> None:
    """The limits of a table hold for JSON as well."""
    body = json.dumps([{"a": "x" * 10}] * 5).encode()
    with pytest.raises(BadBody, match="5 records; expected at most 4"):
        read_json_records(body, where="here", limits=Limits(rows=4))
    with pytest.raises(BadBody, match="a cell of 10 characters; expected at most 9"):
        read_json_records(body, where="here", limits=Limits(cell=9))


def test_a_gzip_bomb_is_refused() -> None:
    """Spaces are JSON too."""
    with pytest.raises(BadBody, match="unpacks to more than"):
        read_json_records(gzip.compress(b"[" + b" " * 20_000_000), where="here")


@given(value=JSON)
def test_no_sound_json_is_refused(value: object) -> None:
    """Whatever its names are, what was written comes back."""
    if value is not None:
        assert parse_json(json.dumps([value]).encode(), where="here") == [value]


@pytest.mark.parametrize(
    "body",
    [
        b'[{"iso3": "PRK", "doses": 1, "doses": 2}]',
        b'[{"a": 1.5, "a": 1.5}]',
        b'{"a": [{"b": {"c": [], "c": 0}}], "d": ":"}',
        b'{"a": 1, "\\u0061": 2}',
    ],
)
def test_a_name_twice_in_one_object_is_refused(body: bytes) -> None:
    """Which of the two is meant nobody knows; a parser would take the last."""
    for read in (parse_json, read_json_records):
        with pytest.raises(BadBody, match="a name stands twice in one object"):
            read(body, where="here")


@given(
    digits=st.from_regex(
        r"-?[1-9][0-9]{0,40}(\.[0-9]{1,40})?([eE][+-]?[0-9]{1,2})?", fullmatch=True
    )
)
def test_every_number_has_the_digits_that_were_written(digits: str) -> None:
    """However many there are."""
    frame = read_json_records(f'[{{"a": {digits}}}, {{"a": 0.5}}]'.encode(), where="here")
    assert frame["a"].to_list() == [digits, "0.5"]
