"""Tables as WHO publishes them, of any length, to be cut off."""

from datetime import UTC, date, datetime, timedelta

DAY = datetime(2022, 2, 10, tzinfo=UTC)
COUNTRIES = ["AFG", "BGD", "BOL", "COD", "COL", "ETH", "GHA", "HTI", "IND", "KEN"]
COUNTRIES += ["LBR", "MLI", "MMR", "NER", "NGA", "NPL", "PAK", "PER", "PRK", "UGA"]


def cases(rows: int) -> bytes:
    """Return WHO's table of cases with so many weeks of Namibia."""
    head = "Date_reported,Country_code,Country,WHO_region,New_cases,Cumulative_cases,"
    lines = [
        f"{date(2020, 1, 5) + timedelta(days=7 * n)},NA,Namibia,AFRO,1,{n},1,{40_000 + n}"
        for n in range(rows)
    ]
    return "\n".join([head + "New_deaths,Cumulative_deaths", *lines, ""]).encode()


def flunet(days: int, *, start: int = 0, per_day: int = 20) -> bytes:
    """Return FluNet's table with so many weeks of twenty countries."""
    lines = [
        f"{code},{date(2021, 1, 4) + timedelta(days=7 * n)},SENTINEL,100,1{n},202101"
        for n in range(start, start + days)
        for code in COUNTRIES[:per_day]
    ]
    head = "COUNTRY_CODE,ISO_WEEKSTARTDATE,ORIGIN_SOURCE,SPEC_PROCESSED_NB,INF_ALL,ISOYW"
    return "\n".join([head, *lines, ""]).encode()
