from tasks.powerbi.rows import whole_columns


def test_whole_columns_by_example() -> None:
    """`whole_columns`, by its plainest cases."""
    first = {"S": [{"N": "G0", "T": 1, "DN": "D0"}, {"N": "M0", "T": 4}], "C": [1, 5]}
    rows = [first, {"C": [0], "R": 2}, {"R": 1, "Ø": 2}]
    assert whole_columns(rows, {"D0": ["KHM", "PRK"]}, "example") == {
        "G0": ["PRK", "KHM", "KHM"],
        "M0": ["5", "5", None],
    }
