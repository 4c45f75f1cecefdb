"""
Tests that DPR Korea reported to WHO's South-East Asia office, people and samples apart.

One snapshot is one report and speaks for its own day alone (a slice). Figures are new since the
report before. Traps: until November 2020 there are samples only, and the press calls some of them
people; the first figure of people (10 December 2020: 9,373) is everybody tested until then; two
samples are usually taken per person; a report may leave the samples to the next one. All figures
come from the national health authority, so the origin is "national".
"""

from datetime import timedelta

import polars as pl

from schemas.source import Always, Bodies, From, Slice, Source
from tasks.formats import read_csv


def parse(bodies: Bodies) -> dict[str, pl.DataFrame]:
    r"""
    Read one report's table as it stands: their columns, their words, no row dropped.

    >>> parse({"main": b"Country,Date,People tested\nDPR Korea,2022-02-14,1415\n"})["tests"].rows()
    [('DPR Korea', '2022-02-14', '1415')]
    """
    return {"tests": read_csv(bodies["main"], where="who_searo_testing")}


SOURCE = Source(
    name="who_searo_testing",
    title="WHO South-East Asia COVID-19 situation reports: tests of DPR Korea",
    shown_by="WHO's situation reports",
    publisher="WHO Regional Office for South-East Asia",
    url="https://cdn.who.int/media/docs/default-source/searo/whe/coronavirus19/sear-weekly-reports/",
    licence="WHO terms; figures are cited with their source",
    attribution="DPR Korea via WHO South-East Asia; compiled by camappel/dprk-covid, NK News",
    cadence=timedelta(days=7),
    parse=parse,
    tables={
        "tests": {
            "iso3": From(("Country",)),
            "observed_on": From(("Date",)),
            "origin": Always("national"),
            "people_tested_new": From(("People tested",), thousands=","),
            "samples_tested_new": From(("Samples tested",), thousands=","),
            "positives_new": From(("Positives",), thousands=","),
        }
    },
    covers=Slice("observed_on"),
)
