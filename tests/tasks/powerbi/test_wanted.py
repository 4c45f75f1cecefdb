from schemas.columns import Always, From
from tasks.powerbi.model import Entity
from tasks.powerbi.wanted import Wanted, found_in, wanted

ASKED = Wanted(
    table="donations",
    entities=("New name", "Old name"),
    columns=(
        (From(("ISO", "Recipient ISO")), False),
        (From(("Doses",)), True),
        (From(("Shipped",), optional=True), True),
    ),
)


def test_first_declared_name_wins() -> None:
    """Where the model has a table under its old and its new name, the order of declaration says."""
    entities = [Entity("OLD  NAME", {}), Entity("new name", {})]
    assert [one.entity for one in found_in([ASKED], entities)] == entities[1:]
    assert [one.entity for one in found_in([ASKED], entities[:1])] == entities[:1]
    assert found_in([ASKED], [Entity("Old names", {})]) == []


def test_measure_is_a_figure_and_never_a_key() -> None:
    """What the model computes is asked for as it is; nothing can be grouped by it."""
    [found] = found_in([ASKED], [Entity("New name", {"iso": False, "doses": True})])
    assert [(one.name, one.property, one.is_measure) for one in found.selected] == [
        ("ISO", "iso", False),
        ("Doses", "doses", True),
    ]
    assert found.missing == ()
    [found] = found_in([ASKED], [Entity("New name", {"ISO": True, "Shipped": False})])
    assert found.missing == ("ISO or Recipient ISO", "Doses")


def test_declaration_defines_the_request() -> None:
    """Figures that are named are summed; keys, days and prices are not; Always is not asked for."""
    columns = {
        "buyer": From(("Buyer",)),
        "product": Always("unspecified"),
        "doses": From(("Doses",)),
        "usd_per_dose": From(("Price", "Cost"), optional=True),
    }
    asked = wanted("prices", columns, ("a",), summed={"doses"})
    assert [(one.names, is_summed, one.optional) for one, is_summed in asked.columns] == [
        (("Buyer",), False, False),
        (("Doses",), True, False),
        (("Price", "Cost"), False, True),
    ]


def test_column_read_instead_is_asked_for_once_and_where_it_is() -> None:
    """A model may lack it, and it may be a column of the table anyway."""
    columns = {
        "iso3": From(("ISO",), instead=("Name", "Buyer")),
        "home": From(("Home ISO",), instead=("Name",)),
        "buyer": From(("Buyer",)),
    }
    asked = wanted("prices", columns, ("a",), summed=())
    assert [(one.names, one.optional) for one, _ in asked.columns] == [
        (("ISO",), False),
        (("Home ISO",), False),
        (("Buyer",), False),
        (("Name",), True),
    ]
