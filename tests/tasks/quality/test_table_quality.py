from tasks.quality.run_quality import lean_import

with lean_import():
    from tasks.quality.table_quality import fault_of


def test_fault_of_by_example() -> None:
    """`fault_of`, by its plainest cases."""
    assert fault_of({"raised_exception": False, "exception_message": None}) is None
    assert (
        fault_of({"metric": {"raised_exception": True, "exception_message": "No such column."}})
        == "No such column."
    )
