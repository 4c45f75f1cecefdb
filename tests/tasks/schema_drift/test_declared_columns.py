from tasks.schema_drift.declared_columns import policy_of
from tasks.sources import source_named


def test_policy_of_by_example() -> None:
    """`policy_of`, by its plainest cases."""
    source = source_named("who_cases")
    assert [policy_of(source, "cases", name) for name in ("New_cases", "WHO_region")] == [
        "freeze",
        "evolve",
    ]
