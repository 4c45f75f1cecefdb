"""Broken rows: which rows of a frame break which checks, as pandera judges them.

Promises: pandera copies what fails for its report and keeps it; so each check reports one case, and
the rows are taken from its yes and no.
"""

from collections.abc import Mapping
from typing import Any

import pandera.polars as pa
import polars as pl
from pandera.api.polars.types import PolarsData
from pandera.constants import CHECK_OUTPUT_KEY
from pandera.errors import SchemaErrors


def broken_rows(
    frame: pl.DataFrame,
    checks: Mapping[str, tuple[str, pl.Expr]],
    dtypes: Mapping[str, pl.DataType],
) -> dict[str, pl.Series]:
    """Return the positions of the rows that break each failing check, by its name.

    `checks`: the column that each is of, and what is true or null in a row that keeps it; it may
    look at other columns, too. `dtypes`: the columns that a frame may have.

    Raises SchemaErrors: the frame has another column or type, which is our own fault and no row's.
    """
    schema = pa.DataFrameSchema(
        {
            column: pa.Column(
                dtype,
                [_check(name, holds) for name, (of, holds) in checks.items() if of == column],
                nullable=True,
            )
            for column, dtype in dtypes.items()
            if column in frame.columns
        },
        strict=True,
    )
    try:
        schema.validate(frame, lazy=True)
    except SchemaErrors as errors:
        return dict(_positions(error, errors) for error in errors.schema_errors)
    return {}


def _check(name: str, holds: pl.Expr) -> pa.Check:
    def yes_and_no(data: PolarsData) -> pl.LazyFrame:
        return data.lazyframe.select(holds)

    return pa.Check(yes_and_no, name=name, n_failure_cases=1)


def _positions(error: Any, errors: SchemaErrors) -> tuple[str, pl.Series]:
    """Return the name of the failed check and the positions; raise any other error."""
    if not isinstance(error.check, pa.Check) or not isinstance(error.check_output, pl.DataFrame):
        raise errors
    return str(error.check.name), error.check_output[CHECK_OUTPUT_KEY].not_().arg_true()
