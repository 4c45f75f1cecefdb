from schemas.expectations.tables import SUITES
from tests.expectations_page import expectations_table


def test_every_expectation_is_in_the_documents() -> None:
    """By the name that a waiver gives, once for each wording."""
    page = expectations_table()
    for suite in SUITES.values():
        for it in suite.expectations:
            assert f"| `{it.name}` | {it.title}. {it.note} |" in page
