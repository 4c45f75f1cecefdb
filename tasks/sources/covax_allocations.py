"""COVAX's own announcements: the interim forecast, the first round, and the rounds of allocation.

Three shapes of OCHA's compilation for countries with humanitarian response plans: the dashboard's
JSON and the sheet of the first round give a country's total, all vaccines together (product
"unspecified"); the sheet of rounds 4 to 9 has two rows of names, and gives doses by round and
vaccine (mechanism "COVAX round 6"). "Sinopharm" is that of Beijing; "AstraZeneca" does not
say who made it. Traps: names are local ("oPt", "CAR", "DRC"), so the code is
the key and the name stands in where it is blank; figures carry thousands commas, names trailing
spaces; a row of HXL tags is left out; the heading stays "COVAX Forecast Total" when a round has
replaced the forecast; a spreadsheet saves the name of several columns above the first of them
alone; "Total to date" counts the total of round 6 twice: it is checked, never published. A sheet
covers its own countries and rounds alone.
"""

import re
from collections.abc import Mapping, Sequence
from datetime import timedelta

import polars as pl

from schemas.columns import ROW, Always, From, Slice
from schemas.errors import BadBody
from schemas.source import Bodies, Schedule, Source
from tasks.formats.delimited import framed, read_csv_rows
from tasks.formats.json_records import read_json_records
from tasks.formats.sniffing import CHECK_SOURCE, is_json

WHERE = "covax_allocations"
ROUND = re.compile(r"round\s*(\d.*)", re.IGNORECASE)
TOTAL = "Total to date"
FORECAST = ("COVAX Forecast Total", "#capacity+doses+forecast+covax")
DOSES = "Doses allocated"


def parse(bodies: Bodies) -> dict[str, pl.DataFrame]:
    r"""Read a sheet in the shape it has: their columns, their words, no row dropped.

    A sheet of rounds comes back with a row per country, round and vaccine; its totals over all
    vaccines of a round are no row. Where no round and no vaccine is named, both are blank.

    >>> body = b'Country,ISO3,COVAX Forecast Total\noPt,PSE,"205,440"\n'
    >>> parse({"main": body})["allocations"].rows()
    [('oPt', 'PSE', '205,440', '', '')]
    """
    body = bodies["main"]
    if is_json(body):
        frame = read_json_records(body, where=WHERE, path=["national_data"])
    else:
        rows = read_csv_rows(body, where=WHERE)
        if any(ROUND.fullmatch(cell.strip()) for cell in rows[0]):
            return {"allocations": _by_round(rows)}
        frame = framed(rows, where=WHERE)
    blank = [pl.lit("").alias(name) for name in ("Mechanism", "Vaccine") if name not in frame]
    return {"allocations": frame.with_columns(blank), "deliveries": frame}


def _by_round(rows: Sequence[Sequence[str]]) -> pl.DataFrame:
    """Return a row per country, round and vaccine of a sheet with two rows of names."""
    if len(rows) < 2:  # noqa: PLR2004 (the rows of names)
        seen = "a row of rounds with nothing below it"
        raise BadBody(WHERE, seen, "names of vaccines", CHECK_SOURCE)
    filled = [column for column in zip(*rows, strict=True) if any(map(str.strip, column))]
    rows = list(zip(*filled, strict=True))
    over = _carried(rows)
    below = [name.strip() for name in rows[1]]
    names = [f"{above}: {name}" if above else name for above, name in zip(over, below, strict=True)]
    sheet = framed([names, *rows[2:]], where=WHERE).with_row_index(ROW, offset=1)
    kept_columns = [name for name, above in zip(names, over, strict=True) if not above]
    parts = [
        sheet.select(
            pl.col(ROW).cast(pl.String),
            *kept_columns,
            pl.lit(f"COVAX {above}").alias("Mechanism"),
            pl.lit(name.partition(": ")[2]).alias("Vaccine"),
            pl.col(name).alias(DOSES),
        )
        for name, above in zip(names, over, strict=True)
        if above and "total" not in name.lower()
    ]
    if not parts:
        seen = "rounds with nothing but totals below them"
        raise BadBody(WHERE, seen, "names of vaccines", CHECK_SOURCE)
    return pl.concat(parts)


def _carried(rows: Sequence[Sequence[str]]) -> list[str]:
    """Return the round of each column, "" for none: a name holds until the next one begins.

    The printed total over all rounds is of none. Raises BadBody for what may be a round's or not:
    another name above, no vaccine below, words where the figures of a vaccine would be.

    >>> _carried([["", "Round6", "", "Round 8/9 "], ["ISO3", "Pfizer", "J&J", "Pfizer"]])
    ['', 'round 6', 'round 6', 'round 8/9']
    """
    rounds: list[str] = []
    last = ""
    for number, (above, name, *cells) in enumerate(zip(*rows, strict=True), start=1):
        last = _round(above) or last
        is_total = not above.strip() and name.strip() == TOTAL
        rounds.append("" if is_total else last)
        fault = _fault(above, name, cells) if rounds[-1] or above.strip() else None
        if fault:
            expected = "vaccines and their doses below the name of a round, like 'Round 6'"
            raise BadBody(WHERE, f"{fault} in column {number}", expected, CHECK_SOURCE)
    return rounds


def _fault(above: str, name: str, cells: Sequence[str]) -> str | None:
    """Return what a column has that no vaccine of a round has, None where it may be one."""
    if above.strip() and not _round(above):
        return f"the name '{above.strip()}'"
    if not name.strip():
        return "no name of a vaccine"
    filled = [cell for cell in cells if cell.strip()]
    if filled and not any(sign.isdecimal() for cell in filled for sign in cell):
        return f"words below '{name.strip()}'"
    return None


def _round(above: str) -> str:
    """Return a round's name, written in one way; "" for what is none."""
    found = ROUND.fullmatch(above.strip())
    return f"round {found[1].strip()}" if found else ""


def remarks(parsed: Mapping[str, pl.DataFrame]) -> list[str]:
    """Return in a sentence whose printed total is not the sum of the rounds, if anybody's is."""
    frame = parsed["allocations"]
    if not {TOTAL, DOSES, "ISO3"} <= set(frame.columns):
        return []
    printed, doses = (
        pl.col(name).str.strip_chars().str.replace_all(",", "").cast(pl.Int64, strict=False)
        for name in (TOTAL, DOSES)
    )
    sums = frame.group_by("ISO3", maintain_order=True).agg(
        printed.first().alias("printed"), doses.sum().alias("summed")
    )
    wrong = sums.filter(pl.col("printed") != pl.col("summed"))
    if wrong.is_empty():
        return []
    iso3, total, summed = wrong.row(0)
    sentence = (
        f"'{TOTAL}' is not the sum of the rounds for {wrong.height} of {sums.height} countries "
        f"({iso3}: {total:,} printed, {summed:,} in its rounds). The rounds are published, not it."
    )
    return [sentence]


CODE = From(("ISO3", "#country+code"), instead=("Country", "HRP Country", "#country+name"))

SOURCE = Source(
    name=WHERE,
    title="COVAX interim distribution forecast, first round and rounds of allocation",
    shown_by="COVAX's list",
    publisher="COVAX (Gavi, WHO, CEPI, UNICEF), compiled by OCHA",
    url="https://data.humdata.org/dataset/covid-19-vaccine-doses-in-hrp-countries",
    licence="CC BY 3.0 IGO (OCHA's compilation)",
    attribution="COVAX; compiled by OCHA on the Humanitarian Data Exchange",
    cadence=timedelta(days=30),
    schedule=Schedule(cron="37 6 * * 1", timezone="Europe/Zurich"),
    by_hand="Open that page and save its sheet Data.hxl.csv.",
    ended="COVAX ended on 31 December 2023, by the word of Gavi and WHO.",
    parse=parse,
    tables={
        "allocations": {
            "iso3": CODE,
            "product": From(("Vaccine",), default="unspecified"),
            "mechanism": From(("Mechanism",), default="COVAX"),
            "doses_announced": From(FORECAST, thousands=",", blanks=("N/A",), optional=True),
            "doses_allocated": From((DOSES,), thousands=",", optional=True),
        },
        "deliveries": {
            "iso3": CODE,
            "product": Always("unspecified"),
            "mechanism": Always("COVAX"),
            "doses_delivered": From(("COVAX Delivered",), thousands=","),
        },
    },
    covers=Slice("iso3", beside=("mechanism",)),
    not_countries={"#country+code": "the sheet's row of HXL tags"},
    may_lack=frozenset({"deliveries"}),
    drift=dict.fromkeys((*FORECAST, DOSES), "evolve"),
    remarks=remarks,
    parser_version=4,
    keys_since=4,
)
