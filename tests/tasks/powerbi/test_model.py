import json
from typing import Any

import pytest

from schemas.errors import BadBody
from tasks.powerbi.model import Model, api_of, entities_of, model_of

MODEL = Model(id=7, dataset="9cf2", report="3abf")


@pytest.mark.parametrize(
    ("document", "model"),
    [
        (
            {
                "models": [{"id": 7, "dbName": "9cf2"}],
                "exploration": {"report": {"objectId": "3abf"}},
            },
            MODEL,
        ),
        ({"models": [{"id": 7, "dbName": "9cf2"}], "exploration": {"reportId": "3abf"}}, MODEL),
        ({"models": [{"id": 7}]}, Model(id=7, dataset=None, report=None)),
    ],
)
def test_model_is_the_first_in_the_document(document: dict[str, Any], model: Model) -> None:
    """Its number is required; the names of data set and report are optional."""
    assert model_of(json.dumps(document).encode(), where="example") == model


@pytest.mark.parametrize(
    "document", [{}, {"models": []}, {"models": [{"id": "7"}]}, {"models": 5}, [1]]
)
def test_answer_without_model_is_refused(document: Any) -> None:
    """A model without a number cannot be asked."""
    with pytest.raises(BadBody, match="a first model with the id"):
        model_of(json.dumps(document).encode(), where="example")


@pytest.mark.parametrize(
    ("document", "seen"),
    [
        ({}, "no list of tables"),
        ({"schemas": [{"schema": {"Entities": []}}]}, "no list of tables"),
        ({"schemas": [{"schema": {"Entities": [{}]}}]}, "without a name"),
        (
            {"schemas": [{"schema": {"Entities": [{"Name": "a", "Properties": [{}]}]}}]},
            "without a name",
        ),
    ],
)
def test_schema_without_names_is_refused(document: Any, seen: str) -> None:
    """Tables and columns are found by name and by nothing else."""
    with pytest.raises(BadBody, match=seen):
        entities_of(json.dumps(document).encode(), where="example")


def test_api_of_by_example() -> None:
    """`api_of`, by its plainest cases."""
    routing = b'{"FixedClusterUri": "https://wabi-north-europe-redirect.analysis.windows.net/"}'
    assert api_of(routing, where="example") == "https://wabi-north-europe-api.analysis.windows.net"
