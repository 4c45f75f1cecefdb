"""What was reported about a country near the time of an alert: context, never a cause.

Promises: pure. It is put beside an alert when somebody reads it and is no part of its evidence, so
that a report which is found later changes no alert.
"""

from datetime import timedelta
from typing import Any, Final

import polars as pl

from schemas.alerts import Alert
from schemas.wording import country, figure

OFFERS: Final = "covax_offers.offers"
"""The dataset of offers and what became of them."""
NEAR: Final = timedelta(days=60)
"""How far from the vintage of an alert a report may be, before or after."""


def reports_near(alert: Alert, offers: pl.DataFrame) -> list[dict[str, Any]]:
    """Return what was reported about the country of an alert within 60 days, oldest first.

    Args:
        alert: The alert; one that is about no single country has no reports.
        offers: The rows of `covax_offers.offers`.

    Returns:
        The columns of `offers` for each report, and `sentence`, which says "Reported" and names the
        address.
    """
    on = alert.as_of.date()
    near = offers.filter(
        pl.col("iso3") == alert.key.get("iso3", ""),
        pl.col("happened_on").is_between(on - NEAR, on + NEAR),
    ).sort("happened_on", "offer_id")
    return [{**row, "sentence": report_sentence(row)} for row in near.iter_rows(named=True)]


def report_sentence(report: dict[str, Any]) -> str:
    """Return a report as a sentence that names its address; `report`: a row of offers."""
    doses, on = report["doses"], report["happened_on"]
    what = "doses" if doses is None else f"{figure(doses)} doses"
    of = "" if report["product"] == "unspecified" else f" of {report['product']}"
    return (
        f"Reported for {on.day} {on:%b %Y}: {what}{of} {report['status']}, "
        f"{country(report['iso3'])}; {report['who']}. {report['source_url']}"
    )
