"""What `make test-bi` writes: the matrix of the readers."""

from tests.bi.matrix import BETWEEN, PAGE, READERS, Result, is_wrong, table

RIGHT = {"latest": 1_828_800.0, "as of 2022-02-01": 8_115_600.0}


def test_the_matrix_shows_who_answers_right_wrong_or_not_at_all() -> None:
    """A reader that is not installed is no fault; a wrong answer is, and so is none."""
    right, wrong, silent, absent = (
        Result(reader=READERS[0], version="2", answers=RIGHT),
        Result(reader=READERS[1], version="3", answers={"latest": 0.0}),
        Result(reader=READERS[2], version="26", reason="OSError: no such file"),
        Result(reader=READERS[3], reason="not installed here"),
    )
    *_, first, second, third, fourth = table([right, wrong, silent, absent], RIGHT).splitlines()
    assert first == "| polars | 2 | ✔ | ✔ |"
    assert second == "| pandas | 3 | ✘ 0 | no answer |"
    assert third == "| pyarrow | 26 | OSError: no such file |  |"
    assert fourth == "| DuckDB |  | not installed here |  |"
    assert [is_wrong(one, RIGHT) for one in (right, wrong, silent, absent)] == [
        *(False, True, True, False)
    ]


def test_the_page_has_a_line_for_each_reader() -> None:
    """As `make test-bi` wrote it."""
    found = BETWEEN.search(PAGE.read_text("utf-8"))
    assert found is not None
    lines = found[0].splitlines()
    for reader in READERS:
        assert any(line.startswith(f"| {reader.title} |") for line in lines), reader.title
    assert "✘" not in found[0]
