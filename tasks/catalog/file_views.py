"""The views of the files of one dataset.

Every path begins with the variable `lake`, or with the working directory where it is not set. In
the views a figure that is gone counts as 0 and its rel_change is -1, `measure` stands for the
keyword `column`, the source has a column, and each instant has its day in UTC beside it, since a
cast to a date would shift with the session's time zone.
"""

from string import Template
from typing import Final

from tasks.catalog.datasets import Dataset

LAKE: Final = "coalesce(getvariable('lake'), '.')"
"""Where the lake is, in SQL: the variable, else the working directory."""
LATEST = Template("""\
CREATE OR REPLACE VIEW "${name}" AS
SELECT '${source}' AS source, *, (as_of AT TIME ZONE 'UTC')::DATE AS as_of_date
FROM read_parquet(${lake} || '/${path}/latest.parquet')
    CROSS JOIN (SELECT max(decode(value)::TIMESTAMPTZ) AS as_of
        FROM parquet_kv_metadata(${lake} || '/${path}/latest.parquet')
        WHERE decode(key) = 'vaxwatch.as_of');
""")
VINTAGES = Template("""\
CREATE OR REPLACE VIEW "${name}_vintages" AS
SELECT '${source}' AS source, *, (as_of AT TIME ZONE 'UTC')::DATE AS as_of_date
FROM read_parquet(${lake} || '/${path}/vintages.parquet');
""")
HISTORY = Template("""\
CREATE OR REPLACE VIEW "${name}_history" AS
SELECT '${source}' AS source, *, (valid_from AT TIME ZONE 'UTC')::DATE AS valid_from_date
FROM read_parquet(${lake} || '/${path}/history.parquet');
""")
CHANGES = Template("""\
CREATE OR REPLACE VIEW "${name}_changes" AS
SELECT '${source}' AS source, as_of, (as_of AT TIME ZONE 'UTC')::DATE AS as_of_date,
    * EXCLUDE (as_of, "column", change, rel_change), "column" AS measure,
    CASE WHEN before IS NOT NULL THEN coalesce(after, 0) - before END AS change,
    CASE WHEN before <> 0 THEN (coalesce(after, 0) - before) / before END AS rel_change
FROM read_parquet(${lake} || '/${path}/changes.parquet');
""")


def file_views(dataset: Dataset, *, is_empty: bool) -> list[str]:
    """Return a statement for each view of a dataset; `is_empty`: it has no history and changes."""
    views = (LATEST, VINTAGES, HISTORY, CHANGES)
    return [
        view.substitute(name=dataset.name, source=dataset.source, path=dataset.path, lake=LAKE)
        for view in views[: 2 if is_empty else 4]
    ]
