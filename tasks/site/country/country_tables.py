"""The tables of a country page: tests, campaign, offers, all figures, sources, archived bytes."""

from collections.abc import Iterator, Mapping
from typing import Any, Final
from urllib.parse import urlsplit

from schemas.figure_wording import noun
from schemas.units import unit_of
from schemas.wording import chance, day_only, figure
from tasks.raw.archive import archived_snapshot
from tasks.raw.body_reader import body_key
from tasks.site.country.country_content import CountryContent, shown_by
from tasks.site.figures.further_lines import ELSEWHERE, line_row

STATUS: Final[Mapping[str, str]] = {
    "started": "has begun",
    "zero": "is shown with 0 doses",
    "null": "is listed without a figure",
    "absent": "has no row",
}
"""What `campaign_status` says of a country."""
MOST_OFFERS: Final = 40
"""Rows of offers that a page shows."""
POSITIVE_SHARE: Final = 0.001
"""The share of positives of `chance_of_no_positive` in the mart `testing`."""

RAISED: Final = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")


def web_address(url: str | None) -> dict[str, str] | None:
    """Return an address on the web with the name of its host; None for anything else.

    >>> web_address("https://en.yna.co.kr/view/1")
    {'url': 'https://en.yna.co.kr/view/1', 'host': 'en.yna.co.kr'}
    >>> web_address("javascript:alert(1)"), web_address(None)
    (None, None)
    """
    try:
        parts = urlsplit(url or "")
    except ValueError:
        return None
    if parts.scheme not in ("http", "https") or not parts.hostname or not url:
        return None
    return {"url": url, "host": parts.hostname}


def test_rows(one: CountryContent) -> list[dict[str, str]]:
    """Return the newest report of tests of each source and origin; those without a positive first.

    `text`: the sentence about it.
    """
    rows = one.tests.sort(
        "positives_cumulative", "tested", descending=[False, True], nulls_last=True
    )
    return [_test_row(row) for row in rows.to_dicts()]


def _test_row(row: Mapping[str, Any]) -> dict[str, str]:
    tested, positives, on = row["tested"], row["positives_cumulative"], day_only(row["observed_on"])
    counted = "no figure of positives" if positives is None else f"{figure(positives)} positive"
    what = f"{figure(tested)} {row['unit']} tested, {counted}, by {on}"
    text = f"{shown_by(row['source'])} showed {what}."
    if positives == 0 and tested:
        text += (
            f" Were {POSITIVE_SHARE * 100:.1f} % of them positive, the chance of none in so many"
            f" would be {_chance(row)}; the one-sided 95 % upper bound of"
            f" the positive share is {row['upper_bound_95'] * 100:.2g} %."
        )
    if row["is_summed"]:
        text += " Its reports count what is new in each; the totals are sums over them."
    return {
        "source": row["source"],
        "shown_by": shown_by(row["source"]),
        "origin": "" if row["origin"] == "unspecified" else row["origin"],
        "unit": row["unit"],
        "tested": figure(tested),
        "positives": "no figure of" if positives is None else figure(positives),
        "share": f"{row['positivity'] * 100:.3g} %"
        if row["positivity"] is not None
        else "no figure",
        "chance": _chance(row) if positives == 0 and tested else "",
        "on": on,
        "text": text,
    }


def _chance(row: Mapping[str, Any]) -> str:
    """Return the chance of no positive as people write powers of ten, which no line breaks."""
    digit, _, power = chance(row["chance_of_no_positive"]).partition("e-")
    return f"{digit}\N{MULTIPLICATION SIGN}10⁻{power.translate(RAISED)}" if power else digit


def status_rows(one: CountryContent) -> list[dict[str, Any]]:
    """Return whether vaccination has begun, by source."""
    newest = one.rows("campaign_status").filter("is_newest")
    return [
        {
            "source": row["source"],
            "shown_by": shown_by(row["source"]),
            "status": row["status"],
            "text": STATUS.get(row["status"], row["status"]),
            "doses": "" if row["doses_administered"] is None else figure(row["doses_administered"]),
            "first_on": day_only(row["first_on"]) if row["first_on"] else "",
            "since": day_only(row["as_of"]),
        }
        for row in newest.to_dicts()
    ]


def offer_rows(one: CountryContent) -> list[dict[str, Any]]:
    """Return what was offered and what became of it, oldest first."""
    offers = one.rows("offers").sort("happened_on", "offer_id", nulls_last=True)
    return [
        {
            "day": day_only(row["happened_on"]) if row["happened_on"] else "no day",
            "status": row["status"],
            "doses": figure(row["doses"]) if row["doses"] is not None else "no number",
            "product": "" if row["product"] == "unspecified" else row["product"],
            "who": row["who"],
            "read_from": web_address(row["source_url"]),
        }
        for row in offers.tail(MOST_OFFERS).to_dicts()
    ]


def figure_rows(one: CountryContent) -> list[dict[str, Any]]:
    """Return every figure of the country as it stands, by dataset, without those of sections."""
    totals = [
        {
            "name": series.name,
            "dataset": series.dataset,
            "noun": noun(series.measure),
            "part": "",
            "unit": unit_of(series.measure),
            "value": figure(series.newest.value, series.measure),
            "since": day_only(series.newest.as_of),
            "steps": len(series.steps),
        }
        for series in one.series
    ]
    others = [line for line in one.further if line.series.table in ELSEWHERE]
    return [*totals, *({**line_row(line), "unit": ""} for line in others)]


def shown_sources(one: CountryContent) -> list[str]:
    """Return the sources of the page, sorted."""
    marts = ("testing", "campaign_status", "offers")
    found = {series.source for series in (*one.series, *(line.series for line in one.further))}
    found |= {str(name) for mart in marts for name in one.rows(mart)["source"].unique()}
    return sorted(found)


def source_rows(one: CountryContent) -> list[dict[str, Any]]:
    """Return whom to cite, and under which licence."""
    known = {row["source"]: row for row in one.content.mart("dim_source").to_dicts()}
    return [
        {
            "name": name,
            "title": name,
            "attribution": "",
            "licence": "not known here",
            **known.get(name, {}),
        }
        for name in shown_sources(one)
    ]


def raw_rows(one: CountryContent) -> Iterator[dict[str, Any]]:
    """Yield the archived bytes of the newest version that each total was read from.

    Of further figures, the version of the newest step of any, by source.
    """
    last = {line.series.source: line.series.newest for line in one.further}
    for line in one.further:
        step = line.series.newest
        last[line.series.source] = max(last[line.series.source], step, key=lambda one: one.as_of)
    versions = {(series.source, series.newest.vintage_id) for series in one.series}
    versions |= {(source, step.vintage_id) for source, step in last.items()}
    for source, vintage in sorted(versions):
        snapshot = archived_snapshot(one.content.store, source, vintage)
        for body in snapshot.bodies if snapshot else ():
            yield {
                "source": source,
                "shown_by": shown_by(source),
                "day": day_only(snapshot.retrieved_at) if snapshot else "",
                "file": body.name,
                "size": f"{body.size:,}",
                "sha256": body.sha256,
                "archived": body_key(body.sha256),
            }
