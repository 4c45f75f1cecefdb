"""Report: the rows of one situation report.

Figures are as printed, under names that say what is counted and of which time. What the prose and a
table say of one country is one row; where they differ, both stand in the cell, which then nobody
can read as a number.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

from schemas.countries import iso3_of
from schemas.errors import BadBody
from tasks.formats.pdf import Words, read_columns, read_pdf
from tasks.formats.pdf_lines import Line, rows, without_paper
from tasks.formats.sniffing import CHECK_SOURCE
from tasks.sitrep.prose import FIGURES, Reading, one_of, read_prose
from tasks.sitrep.sections import Head, head_in, is_cell, passages
from tasks.sitrep.tables import COUNTRY, Layout, grids_of, records
from tasks.sitrep.tokens import plain

HEADED = "a report headed like 'Week #30 (26 July - 01 August 2021) 06 August 2021'"
DAY, WEEK, PERIOD = "Date", "Week", "Period"
NAMES = (COUNTRY, DAY, WEEK, PERIOD, *FIGURES)  # the names of the columns of `Report.rows`
_SHOWN = 300


@dataclass(frozen=True, kw_only=True, slots=True)
class Report:
    """`rows`: one per country, by NAMES, blank where there is no figure. `remarks`: sentences."""

    rows: tuple[Mapping[str, str], ...]
    remarks: tuple[str, ...]


def read_report(body: bytes, layout: Layout, *, where: str) -> Report:
    """Return the figures on tests in a report.

    Raises BadBody as `read_pdf`, and for no report: its first page has no week with a period.
    """
    pages = read_pdf(body, where=where)
    top = rows(pages[0])
    head = head_in(" ".join(Line(tuple(row)).text for row in top))
    if head is None:
        begins = " ".join(word.text for row in top for word in row)[:60]
        raise BadBody(where, f"a PDF whose first page begins with '{begins}'", HEADED, CHECK_SOURCE)
    prose = read_prose(passages(without_paper(pages), names=layout.names, others=layout.others))
    found, lost = _tables(body, pages, layout, where)
    rows_ = _with_prose(found, prose, layout.names[0])
    fixed = {DAY: head.day, WEEK: head.week, PERIOD: head.period}
    return Report(
        rows=tuple({name: {**row, **fixed}.get(name, "") for name in NAMES} for row in rows_),
        remarks=(*_on_head(head), *_on_prose(prose), *lost),
    )


def _tables(
    body: bytes, pages: Sequence[Words], layout: Layout, where: str
) -> tuple[list[dict[str, str]], list[str]]:
    """Return the rows of all tables of tests, and sentences on those that could not be read."""
    found: list[dict[str, str]] = []
    lost: list[str] = []
    for number, page in enumerate(pages, start=1):
        read = [row for grid in grids_of(page) for row in records(grid, layout)]
        if not read and _promises_table(page, layout):
            seen = partial(read_columns, body, page=number, where=where)
            read = [row for grid in grids_of(page, seen) for row in records(grid, layout)]
            if not read:
                lost.append(
                    f"Page {number} seems to have a table of tests, in which no column is found "
                    f"that is declared: nothing was read from it. Look at the kept body."
                )
        found += read
    return found, lost


def _promises_table(page: Words, layout: Layout) -> bool:
    """Return whether a page has the words of a heading, and figures behind names of countries."""
    words = {word.text.casefold() for word in page}
    headed = any(
        words.issuperset(plain(heading).casefold().split())
        for ours, headings in layout.headings.items()
        for heading in headings
        if ours != COUNTRY
    )
    named = tuple(name.casefold() for name in (*layout.names, *layout.others))
    lines = [Line(tuple(row)) for row in rows(page)] if headed else []
    figures = [line for line in lines if is_cell(line.words[-1].text)]
    return sum(plain(line.text).casefold().startswith(named) for line in figures) > 1


def _with_prose(
    found: Sequence[Mapping[str, str]], prose: Reading, name: str
) -> list[Mapping[str, str]]:
    printed = {figure: prose.cell(figure) for figure in FIGURES}
    is_blank = prose.unparsable or any(prose.several(figure) for figure in FIGURES)
    if not any(printed.values()) and not is_blank:
        return list(found)
    ours = [row for row in found if iso3_of(row[COUNTRY]) == iso3_of(name)]
    merged = [
        {**row, **{figure: one_of([row.get(figure, ""), printed[figure]]) for figure in FIGURES}}
        for row in ours or [{COUNTRY: name}]
    ]
    return [*(row for row in found if row not in ours), *merged]


def _on_head(head: Head) -> Iterator[str]:
    if not head.day:
        yield f"No day stands beside the period ({head.period}): the rows have no day."
    elif head.is_odd:
        yield f"The report of {head.day} is about {head.period}: one of them may be a misprint."


def _on_prose(prose: Reading) -> Iterator[str]:
    """Yield sentences on figures in the prose that the rows lack or show differently."""
    for name in FIGURES:
        if several := prose.several(name):
            named = " and ".join(f"{one.text} ({one.period})" for one in several)
            quoted = " / ".join(dict.fromkeys(one.sentence[:_SHOWN] for one in several))
            yield f"{name}: {named}, and no figure for all: left blank. It says: '{quoted}'."
    yield from _on_parts(prose)
    for one in prose.unparsable:
        yield f"Not understood, so nothing is read from it: '{one[:_SHOWN]}'."


def _on_parts(prose: Reading) -> Iterator[str]:
    """Yield a sentence where the parts that are named do not make up the people tested."""
    people = FIGURES[0]
    whole = prose.cell(people)
    parts = [_number(part) for part in prose.parts]
    if not parts or prose.several(people) or " or " in whole:
        return
    named = " + ".join(prose.parts)
    if not whole:
        yield f"The people tested are told in parts only ({named}): left blank."
    elif len(parts) > 1 and sum(parts) != _number(whole):
        difference = f"{people}: {whole} printed, its parts {named} make {sum(parts):,}."
        yield f"{difference} What is printed is published, no part of it."


def _number(text: str) -> int:
    return int("".join(sign for sign in text if sign.isdigit()))
