"""Tests of DPR Korea and its neighbours in the reports of WHO's South-East Asia office.

One snapshot is one report and covers its own day alone (a slice): the day that is printed on
it. A report is a PDF, in which DPR Korea stands in prose and its neighbours in a table, where there
is one; or it is one line of the compiled archive (CSV). Figures are new since the report before, or
all until then, each in a column of its own. Traps: thousands are separated by spaces; until
November 2020 there are samples only, and the press calls some of them people; the first figure of
people (10 December 2020: 9,373) is everybody tested until then; people and samples are two units,
and two samples are usually taken per person; a report may leave the samples to the next one; from
December 2021 a report is of two weeks and may give each a figure of its own; "no cases" is a
category of countries and says nothing of tests. All figures come from the national health
authorities, so the origin is "national".
"""

from collections.abc import Mapping
from datetime import timedelta
from functools import cache
from typing import TYPE_CHECKING

import polars as pl

from schemas.columns import Always, From, Slice
from schemas.errors import BadBody
from schemas.source import Ask, Bodies, Schedule, Source
from tasks.formats.delimited import read_csv
from tasks.formats.sniffing import CHECK_SOURCE, kind_of, unpacked

if TYPE_CHECKING:
    from tasks.sitrep.tables import Layout

WHERE = "who_searo_testing"
REPORT, PAGE = "report", "page"
A_REPORT = "a situation report as PDF, or its figures as CSV"
REMARKS = "remarks"


@cache
def layout() -> "Layout":
    """Return how a report names its countries and the columns of its tables."""
    from tasks.sitrep.tables import Layout

    return Layout(
        names=("DPR Korea", "DPRK", "Democratic People's Republic of Korea"),
        others=(
            *("Bangladesh", "Bhutan", "India", "Indonesia", "Maldives", "Myanmar", "Nepal"),
            *("Sri Lanka", "Thailand", "Timor-Leste", "Timor Leste"),
        ),
        marks="*†‡§#¹²³⁴⁵",
        headings={
            "Country": ("Country", "Countries", "Member State", "Member States"),
            "Tests": ("New tests", "New tests performed", "Tests in the week"),
            "Tests, total": ("Cumulative tests", "Cumulative tests performed", "Total tests"),
            "Samples tested": ("New samples", "New samples tested", "Samples tested in the week"),
            "Samples tested, total": (
                *("Cumulative samples", "Cumulative samples tested"),
                *("Total samples", "Total samples tested"),
            ),
            "People tested": ("New people tested", "New persons tested"),
            "People tested, total": ("Cumulative people tested", "Cumulative persons tested"),
        },
    )


def gather(ask: Ask, url: str) -> dict[str, bytes]:
    """Return what lists the reports as `page`, and its newest report as `report`.

    The list is a web page, or ReliefWeb's answer. Where `url` is a report itself, or its figures,
    that is `main`. Raises BadBody for a list without a report, and for a link that leads to
    something else; WrongUse for an address of ReliefWeb that it would refuse.
    """
    from tasks.sitrep import relief_web
    from tasks.sitrep.report_links import newest_of, newest_report

    if relief_web.is_relief_web(url):
        relief_web.require_appname(url, WHERE)
        page = ask(url, json=relief_web.QUERY)
        link = newest_of(relief_web.files_in(page, WHERE), url)
    else:
        page = ask(url)
        if kind_of(page) != "html":
            return {"main": page}
        link = newest_report(page, url)
    if link is None:
        seen = f"a list without a link to a report ({len(page):,} bytes)"
        expected = "links to searo-weekly-situation-report-35-2021.pdf"
        raise BadBody(WHERE, seen, expected, CHECK_SOURCE)
    report = ask(link)
    if kind_of(report) != "pdf":
        raise BadBody(WHERE, f"{kind_of(report)} at {link[:200]}", "a report as PDF", CHECK_SOURCE)
    return {PAGE: page, REPORT: report}


def parse(bodies: Bodies) -> dict[str, pl.DataFrame]:
    r"""Read one report as it stands: their words, no row dropped.

    A PDF also gives `remarks`: a sentence a row on what in it does not add up.

    >>> parse({"main": b"Country,Date,People tested\nDPR Korea,2022-02-14,1415\n"})["tests"].rows()
    [('DPR Korea', '2022-02-14', '1415')]
    """
    body = unpacked(bodies[REPORT if REPORT in bodies else "main"], WHERE, A_REPORT)
    if kind_of(body) != "pdf":
        return {"tests": read_csv(body, where=WHERE, odd_rows=True)}
    from tasks.sitrep.report import NAMES, read_report

    report = read_report(body, layout(), where=WHERE)
    return {
        "tests": pl.DataFrame(report.rows, schema=dict.fromkeys(NAMES, pl.String)),
        REMARKS: pl.DataFrame({"sentence": report.remarks}, schema={"sentence": pl.String}),
    }


def remarks(parsed: Mapping[str, pl.DataFrame]) -> list[str]:
    """Return the sentences on a report; the compiled figures have none."""
    return parsed[REMARKS]["sentence"].to_list() if REMARKS in parsed else []


def _count(name: str, *, optional: bool = True) -> From:
    blanks = ("", "-", "\N{EN DASH}", "\N{EM DASH}", "NA", "N/A", "NR")
    return From((name,), thousands=" ,", blanks=blanks, optional=optional)


SOURCE = Source(
    name=WHERE,
    title="WHO South-East Asia COVID-19 situation reports: tests of DPR Korea",
    shown_by="WHO's situation reports",
    publisher="WHO Regional Office for South-East Asia",
    url="https://cdn.who.int/media/docs/default-source/searo/whe/coronavirus19/sear-weekly-reports/",
    licence="WHO terms; figures are cited with their source",
    attribution="DPR Korea via WHO South-East Asia; compiled by camappel/dprk-covid, NK News",
    cadence=timedelta(days=7),
    schedule=Schedule(cron="7 9 * * 4", timezone="Asia/Kolkata"),
    by_hand="That folder shows no list: save a report as PDF, or give as `url` the address of a "
    "report, of a page that lists them, or of ReliefWeb's API (v2/reports?appname=…).",
    parse=parse,
    gather=gather,
    tables={
        "tests": {
            "iso3": From(("Country",)),
            "observed_on": From(("Date",), dates=("%Y-%m-%d", "%d %B %Y", "%d %b %Y")),
            "origin": Always("national"),
            "tests_performed_new": _count("Tests"),
            "tests_performed_cumulative": _count("Tests, total"),
            "people_tested_new": _count("People tested", optional=False),
            "people_tested_cumulative": _count("People tested, total"),
            "samples_tested_new": _count("Samples tested", optional=False),
            "samples_tested_cumulative": _count("Samples tested, total"),
            "positives_new": _count("Positives", optional=False),
            "positives_cumulative": _count("Positives, total"),
        }
    },
    covers=Slice("observed_on"),
    not_countries={
        **dict.fromkeys(("Total", "SEAR", "SEAR total", "Region"), "the sum over countries"),
        "South-East Asia Region": "the sum over countries",
    },
    drift=dict.fromkeys(("Tests*", "People*", "Samples*", "Positives*"), "evolve"),
    remarks=remarks,
    parser_version=3,
)
