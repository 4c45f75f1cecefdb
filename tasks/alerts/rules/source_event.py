"""R17: one event of the source, by its rows; `grouping` adds what many countries have in common."""

from typing import Final

from tasks.alerts.rules.held_vintage import held_vintages
from tasks.alerts.rules.promise_rules import BACK_PARAMETER
from tasks.alerts.rules.row_count import LEAST_ROWS, ROWS_CHANGE, row_jumps
from tasks.alerts.rules.rule import Parameter, Rule

COUNTRIES: Final = 8
SHARE: Final = 0.05
LEAST_COUNTRIES: Final = 3
R17: Final = Rule(
    id="R17",
    title="many countries at once",
    grain="source",
    severities=("info", "low", "medium", "high"),
    judge=lambda source: [*row_jumps(source), *held_vintages(source)],
    parameters={
        "countries": Parameter(COUNTRIES, "as many countries at once are one event"),
        "share_of_countries": Parameter(
            SHARE, "so is this share of the countries compared", "share"
        ),
        "least_countries": Parameter(LEAST_COUNTRIES, "but never fewer countries than this"),
        "rows_change": Parameter(ROWS_CHANGE, "least change of the number of rows", "share"),
        "least_rows": Parameter(
            LEAST_ROWS, "tables with fewer rows before are not judged by their rows"
        ),
        "back_within": BACK_PARAMETER,
    },
    means="""\
One event of the source, reported once: many countries fall, rise or are new in one column of one
version, or the number of rows jumps, or the vintage looks like a fault and is held back (held ones
in a row are one alert for all tables, which the first accepted one resolves; `lost` in the evidence
has the rows and countries that are gone and the totals, `falls` each promise that is lower in a row
that is there). The largest three and every critical one are named; critical ones stay alerts of
their own, with the group's fingerprint in `group`. Its severity is that of the countries' total and
never above `high`. Falls of single products while the countries' totals stay are a group of their
own, at most `medium`.""",
    check="`children` in the evidence are all countries; `compared` is how many had a figure.",
    causes="""\
Another period, unit or method; a new round; a page that was loaded half; names of products that
changed.""",
)
