from datetime import UTC, datetime

from schemas.figure_wording import amount, statement


def test_amount_by_example() -> None:
    """`amount`, by its plainest cases."""
    assert amount("doses_pledged", {"iso3": "ERI"}, 5000) == "5,000 doses pledged to Eritrea (ERI)"
    assert (
        amount("secured_share", {"iso3": "ERI"}, 0.2)
        == "20.0 % as secured share of the population of Eritrea (ERI)"
    )


def test_statement_by_example() -> None:
    """`statement`, by its plainest cases."""
    key, on = {"iso3": "ERI"}, datetime(2021, 2, 3, tzinfo=UTC)
    assert statement("They", "doses_pledged", key=key, before=None, after=5, on=on) == (
        "They showed 5 doses pledged to Eritrea (ERI) on 3 Feb 2021; "
        "no figure in the version before"
    )
