"""The views of the files of one dataset.

Every path begins with the variable `lake`, or with the working directory where it is not set. In
the view of the changes `measure` stands for the keyword `column`.
"""

from string import Template
from typing import Final

from tasks.catalog.datasets import Dataset

LAKE: Final = "coalesce(getvariable('lake'), '.')"
"""Where the lake is, in SQL: the variable, else the working directory."""
LATEST = Template("""\
CREATE OR REPLACE VIEW "${name}" AS
FROM read_parquet(${lake} || '/${path}/latest.parquet');
""")
VINTAGES = Template("""\
CREATE OR REPLACE VIEW "${name}_vintages" AS
FROM read_parquet(${lake} || '/${path}/vintages.parquet');
""")
HISTORY = Template("""\
CREATE OR REPLACE VIEW "${name}_history" AS
SELECT *, (valid_from AT TIME ZONE 'UTC')::DATE AS valid_from_date
FROM read_parquet(${lake} || '/${path}/history.parquet');
""")
CHANGES = Template("""\
CREATE OR REPLACE VIEW "${name}_changes" AS
SELECT * EXCLUDE ("column"), "column" AS measure
FROM read_parquet(${lake} || '/${path}/changes.parquet');
""")


def file_views(dataset: Dataset, *, is_empty: bool) -> list[str]:
    """Return a statement for each view of a dataset; `is_empty`: it has no history and changes."""
    views = (LATEST, VINTAGES, HISTORY, CHANGES)
    return [
        view.substitute(name=dataset.name, path=dataset.path, lake=LAKE)
        for view in views[: 2 if is_empty else 4]
    ]
