from datetime import date

from schemas.waivers import Waiver, waiver_for


def test_waiver_for_by_example() -> None:
    """`waiver_for`, by its plainest cases."""
    day = date(2021, 12, 31)
    known = Waiver(rule="R1*", dataset="a.*", reason="Known.", owner="me", expires=day)
    assert waiver_for([known], rule="R11", dataset="a.tests", key={}) is known
