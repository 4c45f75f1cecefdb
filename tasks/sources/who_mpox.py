"""WHO's mpox table: confirmed cases and deaths by country and day.

The OData table V_MPX_VALIDATED_DAILY, requested region by region as its other readers do, since one
answer may not hold all. Known from public clients of 2025 and 2026 and from a server that answers
so; never tried on the service itself. Traps: a wrong name of the view is answered by status 200 and
an error in words; a region that the service does not know would be one without rows, so a region
without rows is refused; a country that stops reporting stays in the table with its last day; the
last day may be incomplete while it lasts. The mart is MPX, not MPOX.
"""

from datetime import timedelta

import polars as pl

from schemas.columns import From
from schemas.errors import BadBody, WrongUse
from schemas.source import Ask, Bodies, Schedule, Source
from tasks.formats.delimited import read_csv
from tasks.formats.odata import asking, is_csv, query_of
from tasks.formats.sniffing import CHECK_SOURCE, SHOWN

WHERE = "who_mpox"
REGIONS = ("AFRO", "AMRO", "EMRO", "EURO", "SEARO", "WPRO")
"""The six regions of WHO; every country of the table is in one."""
REGION = "WHO_REGION"
DAYS = ("%Y-%m-%d", "%Y-%m-%dT%H:%M:%SZ", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M:%S")


def gather(ask: Ask, url: str) -> dict[str, bytes]:
    """Return one CSV for each region of WHO, by its name.

    Raises WrongUse: `url` is no CSV, or asks for a part of the table by itself.
    """
    odd = [name for name in ("$filter", "$top", "$skip") if name in query_of(url)]
    if odd or not is_csv(url):
        seen = f"{odd[0]} in the address" if odd else "an address without $format=csv"
        raise WrongUse(
            f"{WHERE}: seen {seen}; expected the whole table as CSV, which is requested region by "
            f"region. Give the address of the table with ?$format=csv alone."
        )
    return {name: ask(asking(url, filter=f"{REGION} eq '{name}'")) for name in REGIONS}


def parse(bodies: Bodies) -> dict[str, pl.DataFrame]:
    r"""Read the CSV of each region, or one CSV of all: their columns, their words, no row dropped.

    Raises BadBody: a body is no table, an error in words for one, or has rows of another region
    than the one that was asked for.

    >>> body = b"COUNTRY,ISO3,WHO_REGION,DATE,TOTAL_CONF_CASES\nUganda,UGA,AFRO,2025-01-02,1500\n"
    >>> parse({"AFRO": body})["cases"].rows()
    [('Uganda', 'UGA', 'AFRO', '2025-01-02', '1500')]
    """
    frames = [_region(name, body) for name, body in sorted(bodies.items())]
    return {"cases": pl.concat(frames, how="diagonal")}


def _region(name: str, body: bytes) -> pl.DataFrame:
    where = WHERE if name == "main" else f"{WHERE} ({name})"
    _refuse_words(body, where)
    frame = read_csv(body, where=where, odd_rows=True)
    if name in REGIONS and REGION in frame.columns:
        others = frame.filter(~pl.col(REGION).is_in([name, ""]))[REGION]
        if len(others):
            seen = f"{len(others):,} rows of {others[0]!r}"
            raise BadBody(where, seen, "rows of the region that was asked for", CHECK_SOURCE)
    return frame


def _refuse_words(body: bytes, where: str) -> None:
    """Refuse an error in words under status 200, which a reader of tables would call a header."""
    first = body.removeprefix(b"\xef\xbb\xbf").lstrip().partition(b"\n")[0]
    if not first.startswith((b"<", b"\x1f\x8b")) and first and b"ISO3" not in first.upper():
        seen = f"a body that begins with '{first[:SHOWN].decode('utf-8', 'replace').strip()}'"
        raise BadBody(where, seen, "a table with the column ISO3", CHECK_SOURCE)


SOURCE = Source(
    name=WHERE,
    title="WHO mpox: validated cases and deaths by country and day",
    shown_by="WHO's mpox table",
    publisher="World Health Organization",
    url="https://xmart-api-public.who.int/MPX/V_MPX_VALIDATED_DAILY?$format=csv",
    further_urls=(
        "https://frontdoor-l4uikgap6gz3m.azurefd.net/MPX/V_MPX_VALIDATED_DAILY?$format=csv",
    ),
    licence="CC BY-NC-SA 3.0 IGO",
    attribution="World Health Organization, global mpox trends",
    cadence=timedelta(days=1),
    schedule=Schedule(
        cron="37 8 * * *",
        timezone="Europe/Zurich",
        note="Requested region by region. Built against the format as public clients describe it "
        "and a server that answers so, never tried on the service itself.",
    ),
    parse=parse,
    gather=gather,
    tables={
        "cases": {
            "iso3": From(("ISO3",), instead=("COUNTRY",)),
            "observed_on": From(("DATE",), dates=DAYS),
            "cases_new": From(("NEW_CONF_CASES",)),
            "cases_cumulative": From(("TOTAL_CONF_CASES",)),
            "deaths_new": From(("NEW_CONF_DEATHS",)),
            "deaths_cumulative": From(("TOTAL_CONF_DEATHS",)),
        }
    },
    most_lost=5,
)
