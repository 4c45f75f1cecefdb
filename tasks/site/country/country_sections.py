"""The sections of a country page: values for its template, each with the day it is as of."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

from schemas.alerts import Alert
from schemas.figure_wording import noun
from schemas.wording import day_only, figure, joined, listed, percent
from tasks.site.country.country_alerts import alert_on, short
from tasks.site.country.country_content import CountryContent, cadence_of, shown_by
from tasks.site.country.country_tables import test_rows, web_address
from tasks.site.country.further_drawing import further_datasets
from tasks.site.country.further_sections import first_sentence
from tasks.site.drawings.ladder_drawing import Rung, rungs_of
from tasks.site.drawings.step_drawing import change_text
from tasks.site.drawings.step_line import numbered_steps
from tasks.site.figures.country_series import Series
from tasks.site.figures.further_lines import FurtherLine
from tasks.site.figures.further_sentence import leading_lines, line_name
from tasks.site.figures.lead_sentence import delivered_sentence, lead_sentence
from tasks.site.period_text import period_text
from tasks.sources import SOURCES

MOST_STEPS, MOST_CARDS, MOST_HOSTS = 40, 3, 3
"""Rows that a page shows; the CSV has all."""
CONFIRMED: Final = ("is confirmed by the next version", "are confirmed by the next versions")
UNDONE: Final = (
    "did not last: a later version showed more again",
    "did not last: later versions showed more again",
)
OPEN: Final = ("is not confirmed yet", "are not confirmed yet")


def lead_text(one: CountryContent) -> str:
    """Return the first sentences of the page."""
    names = {source.name: source.shown_by for source in SOURCES}
    delivered = delivered_sentence(one.ladder, names)
    if one.lead is None:
        none = f"No source shows a promise of doses to {one.title}. {delivered}"
        return f"{first_sentence(one)} {none}".strip()
    lead = one.lead
    sentence = lead_sentence(
        lead,
        one.iso3,
        shown_by=shown_by(lead.source),
        cadence=cadence_of(lead.source),
        versions=one.versions(lead.dataset),
    )
    return f"{sentence} {delivered}"


def fact_cards(one: CountryContent) -> list[dict[str, str]]:
    """Return the few figures that a reader sees first: name, value, when."""
    cards: list[dict[str, str]] = []
    if lead := one.lead:
        peak, newest = lead.peak, lead.newest
        what = (name := noun(lead.measure))[:1].upper() + name[1:]
        since = f"since {day_only(newest.as_of)}"
        if peak.value and newest is not peak:
            since += (
                f"; {percent(((newest.value or 0) - peak.value) / peak.value)} from the highest"
            )
        cards.append(_card(f"{what}, newest", figure(newest.value, lead.measure), since))
        seen = f"shown on {day_only(peak.as_of)}"
        cards.append(_card(f"{what}, highest", figure(peak.value, lead.measure), seen))
    else:
        cards += further_cards(one)
    if ladder := one.ladder:
        value, source = ladder["delivered"], ladder["delivered_source"]
        when = (
            f"{shown_by(source)}, {day_only(ladder['delivered_on'])}"
            if source
            else "from any source"
        )
        shown = figure(value) if value is not None else "no figure"
        cards.append(_card("Doses delivered", shown, when))
        if ladder["two_dose_need"]:
            need = ladder["two_dose_need"]
            people = f"2 \N{MULTIPLICATION SIGN} {figure(need / 2)} people"
            when = f"{people}, UN population of {ladder['people_year']}"
            cards.append(_card("Two doses for everyone", figure(need), when))
    tests = test_rows(one)
    if tests:
        first = tests[0]
        about = f"{first['positives']} positive by {first['on']}"
        cards.append(_card(f"{first['unit'].capitalize()} tested", first["tested"], about))
    return cards


def further_cards(one: CountryContent) -> list[dict[str, str]]:
    """Return the first figures that are no totals, for a country without a total."""
    found = further_datasets(one)
    lines = found[0] if found else []
    standing = [line for line in leading_lines(lines) if line.newest.value is not None]
    return [
        _card(
            (name := line_name(line))[:1].upper() + name[1:],
            figure(line.newest.value, line.series.measure),
            ", ".join(filter(None, [_when(line), shown_by(line.series.source)])),
        )
        for line in standing[:MOST_CARDS]
    ]


def _when(line: FurtherLine) -> str:
    on, series = line.newest.on, line.series
    return period_text(series.dataset, series.measure, on) if on else ""


def _card(name: str, value: str, when: str) -> dict[str, str]:
    return {"name": name, "value": value, "when": when}


def sure_text(one: CountryContent) -> str:
    """Return how sure the falls of the leading figure are; '' where no alert is on any."""
    if one.lead is None:
        return ""
    groups: dict[tuple[str, str], list[str]] = {}
    for step in one.lead.steps:
        alert = alert_on(one, one.lead, step) if step.change < 0 else None
        if alert is not None:
            groups.setdefault(_certainty(alert), []).append(day_only(step.as_of))
    texts = [
        f"The {'falls' if len(days) > 1 else 'fall'} of {joined(days)} {kind[len(days) > 1]}."
        for kind, days in groups.items()
    ]
    return " ".join(texts)


def _certainty(alert: Alert) -> tuple[str, str]:
    """Return what is known of a fall, for one and for several."""
    if alert.state == "reverted":
        return UNDONE
    return CONFIRMED if alert.confidence == "confirmed" else OPEN


def step_rows(one: CountryContent) -> list[dict[str, Any]]:
    """Return the newest steps of the leading figure, with what each was read from."""
    lead = one.lead
    if lead is None:
        return []
    numbers = {step.vintage_id: n for n, step in enumerate(numbered_steps(lead), 1)}
    shown = lead.steps[-MOST_STEPS:]
    alerts = [alert_on(one, lead, step) for step in shown]
    return [
        {
            "number": numbers.get(step.vintage_id, ""),
            "day": day_only(step.as_of),
            "change": change_text(step, lead.measure),
            "kind": "" if step is lead.steps[0] else ("rise" if step.change > 0 else "fall"),
            "shown_by": shown_by(lead.source),
            "read_from": web_address(step.source_url),
            "alert": short(one, alert) if alert else None,
        }
        for step, alert in zip(shown, alerts, strict=True)
    ]


def as_of_text(one: CountryContent) -> str:
    """Return the day of the newest change of any figure as text; '' where there is none."""
    return day_only(one.last_step) if one.last_step else ""


def version_span(versions: Sequence[datetime], lead: Series) -> str:
    """Return how many versions the leading figure was read from, of which days, and where."""
    known = versions or [one.as_of for one in lead.steps]
    first, last = day_only(known[0]), day_only(known[-1])
    found = [web_address(step.source_url) for step in lead.steps]
    hosts = list(dict.fromkeys(one["host"] for one in found if one))
    source = next((one for one in SOURCES if one.name == lead.source), None)
    own = map(web_address, (source.url, *source.further_urls) if source else ())
    own_hosts = {one["host"] for one in own if one}
    where = "read at" if own_hosts & {*hosts} or not own_hosts else "read not there but at"
    read_at = f", {where} {listed(hosts, MOST_HOSTS)}" if hosts else ""
    if first == last:
        return f"one version, of {first}{read_at}"
    return f"{len(known):,} versions from {first} to {last}{read_at}"


def rung_rows(one: CountryContent) -> list[Rung]:
    """Return the rows of the ladder; none where the country has none."""
    names = {source.name: source.shown_by for source in SOURCES}
    return rungs_of(one.ladder, names) if one.ladder else []


def target_address(one: CountryContent) -> dict[str, str] | None:
    """Return where the stated need was reported."""
    return web_address(one.ladder["stated_target_url"]) if one.ladder else None
