from datetime import date

from schemas.waivers import Waiver, waiver_for


def test_waiver_for_by_example() -> None:
    """`waiver_for`, by its plainest cases."""
    day = date(2021, 12, 31)
    known = Waiver(rule="R1*", dataset="a.*", reason="Known.", owner="me", expires=day)
    assert waiver_for([known], rule="R11", dataset="a.tests", key={}) is known


def test_product_may_be_waived_under_any_of_its_names() -> None:
    """Waivers with a publisher's word go on to hold; others match nothing more."""
    day = date(2021, 12, 31)
    pfizer = {"product": "Pfizer BioNTech - Comirnaty"}

    def is_waived(product: str) -> bool:
        known = Waiver(
            rule="R1", dataset="*", reason="x", owner="me", expires=day, key={"product": product}
        )
        return waiver_for([known], rule="R1", dataset="a.b", key=pfizer) is known

    assert all(map(is_waived, ("Pfizer", "Pfizer BioNTech*", "Pfizer BioNTech - Comirnaty")))
    assert not any(map(is_waived, ("Moderna", "pfizer?", "")))
