import json

from schemas.columns import From
from tasks.powerbi.model import Entity, Model
from tasks.powerbi.query import ROWS, query
from tasks.powerbi.wanted import Selected, Wanted, found_in

MODEL = Model(id=7, dataset="9cf2", report="3abf")
ASKED = Wanted(
    table="donations",
    entities=("New name", "Old name"),
    columns=(
        (From(("ISO", "Recipient ISO")), False),
        (From(("Doses",)), True),
        (From(("Shipped",), optional=True), True),
    ),
)


def selected(entity: Entity) -> tuple[Selected, ...]:
    """Return the columns of a table that we want."""
    return found_in([ASKED], [entity])[0].selected


def test_question_is_that_of_a_table_on_the_page() -> None:
    """Columns, sums and measures by name, the order of the groups, one window, its tokens."""
    entity = Entity("Old name", {"ISO": False, "Doses": False, "Shipped": True})
    asked = query(entity.name, selected(entity), model=MODEL, restart=[["'PRK'"]])
    source = {"Expression": {"SourceRef": {"Source": "t"}}}
    iso = {"Column": {**source, "Property": "ISO"}}
    doses = {"Column": {**source, "Property": "Doses"}}
    [one] = asked["queries"]
    [command] = [each["SemanticQueryDataShapeCommand"] for each in one["Query"]["Commands"]]
    assert command["Query"] == {
        "Version": 2,
        "From": [{"Name": "t", "Entity": "Old name", "Type": 0}],
        "Select": [
            {**iso, "Name": "ISO"},
            {"Aggregation": {"Expression": doses, "Function": 0}, "Name": "Doses"},
            {"Measure": {**source, "Property": "Shipped"}, "Name": "Shipped"},
            {"Aggregation": {"Expression": iso, "Function": 5}, "Name": ROWS},
        ],
        "OrderBy": [{"Direction": 1, "Expression": iso}],
    }
    assert command["Binding"] == {
        "Primary": {"Groupings": [{"Projections": [0, 1, 2, 3]}]},
        "DataReduction": {
            "DataVolume": 3,
            "Primary": {"Window": {"Count": 30_000, "RestartTokens": [["'PRK'"]]}},
        },
        "Version": 1,
    }
    assert one["ApplicationContext"] == {"DatasetId": "9cf2", "Sources": [{"ReportId": "3abf"}]}
    assert asked["modelId"] == 7


def test_first_page_has_no_tokens_and_a_report_may_be_unknown() -> None:
    """What is not known is left out of the question."""
    entity = Entity("New name", {"ISO": False, "Doses": False})
    asked = query("a", selected(entity), model=Model(id=7, dataset=None, report=None))
    assert "RestartTokens" not in json.dumps(asked)
    assert asked["queries"][0]["ApplicationContext"] == {"DatasetId": None, "Sources": []}
