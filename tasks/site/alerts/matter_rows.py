"""What the picture of an alert on a whole group or table consists of, read from its evidence.

A row is one of three: a figure before and after, a time without news, a part of a schema. Promises:
follows from the evidence of the alert alone, as its other picture does.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Final

from schemas.alerts import Alert, Event
from schemas.figure_wording import noun
from schemas.wording import UNSPECIFIED, country, day_only
from tasks.site.period_text import period_name, period_word

PAIRS: Final[Mapping[str, tuple[str, str, str]]] = {
    "R5": ("doses promised", "shipped or delivered", "of"),
    "R6": ("doses delivered weeks before", "doses given", "of"),
    "R16": ("at least, by people with doses", "doses administered", "beside"),
}
"""What the two figures of a row are, and the word between them, by rule; else: of two versions."""
Values = dict[str, Any]


def matter_of(alert: Alert, stated: Event, *, has_history: bool) -> Values | None:
    """Return what the picture of an alert shows; None where its line over versions shows all.

    `stated`: the event that has its figures. `has_history`: whether it has such a line.

    Returns:
        kind [figures, silence or schema], words [what is on the left and on the right], rows: of
        figures name, column, before, after; of silence name, since and until [instants]; of a
        schema name, before, after [text, '' where there is no such part]. `pair`: the word between
        the second and the first figure where they are two at one time, else ''.
    """
    evidence = stated.evidence
    children: Sequence[Mapping[str, Any]] = evidence.get("children", ())
    if children and "after" in children[0]:
        return _figures(alert, stated, [_compared(alert, child) for child in children])
    if silent := [*_silent(alert, stated, children)]:
        return {"kind": "silence", "words": ("", ""), "rows": silent}
    if moves := evidence.get("moves"):
        return {"kind": "schema", "words": _versions(stated), "rows": [*map(_part, moves)]}
    if has_history or not alert.column or alert.before is None or alert.after is None:
        return None
    if alert.before == alert.after:
        return None
    on = evidence.get("observed_on")
    key = {**alert.key, **({"observed_on": on} if isinstance(on, str) else {})}
    one = {"key": key, "column": alert.column, "before": alert.before, "after": alert.after}
    return _figures(alert, stated, [_compared(alert, one)])


def _figures(alert: Alert, stated: Event, rows: Sequence[Values]) -> Values:
    words = PAIRS[alert.rule][:2] if alert.rule in PAIRS else _versions(stated)
    if beside := {row["beside"] for row in rows if row["beside"]}:
        words = (" or ".join(sorted(map(noun, beside))), noun(rows[0]["column"]))
    return {"kind": "figures", "words": words, "rows": rows}


def _compared(alert: Alert, record: Mapping[str, Any]) -> Values:
    """Return a figure of a group with what it is compared with: before, or another one beside."""
    beside: Mapping[str, Any] = record.get("beside") or {}
    pair = PAIRS.get(alert.rule)
    before = beside["value"] if beside else record["before"]
    return {
        "name": name_of(alert.dataset, record["key"]),
        "column": record["column"] or alert.column or "",
        "before": before,
        "after": record["after"],
        "beside": beside.get("column", ""),
        "pair": record.get("join", "beside") if beside else pair[2] if pair else "",
    }


def name_of(dataset: str, key: Mapping[str, Any]) -> str:
    """Return what a row is about: its country, the rest of its key, its day.

    >>> name_of("who_cases.cases", {"iso3": "GHA", "observed_on": "2022-01-03"})
    'Ghana (GHA), 3 Jan 2022'
    """
    own = {name: str(value) for name, value in key.items() if str(value) != UNSPECIFIED}
    place = country(own.pop("iso3")) if "iso3" in own else ""
    if period_word(dataset) and (on := own.pop("observed_on", "")):
        own["observed_on"] = period_name(dataset, datetime.fromisoformat(on).date())
    return ", ".join(filter(None, [place, *own.values()])) or "all"


def _silent(
    alert: Alert, stated: Event, children: Sequence[Mapping[str, Any]]
) -> Iterator[dict[str, Any]]:
    """Yield what shows nothing new: countries, or whole tables, with since when and until when."""
    for child in children:
        since = _day(child.get("newest", ""))
        if since:
            name = name_of(alert.dataset, child["key"])
            yield {"name": name, "since": since, "until": stated.as_of}
    unchanged: str = stated.evidence.get("unchanged_since") or ""
    tables: Sequence[str] = stated.evidence.get("tables", ()) if unchanged else ()
    for table in tables:
        yield {"name": table, "since": datetime.fromisoformat(unchanged), "until": stated.as_of}


def _day(text: str) -> datetime | None:
    try:
        return datetime.strptime(text, "%d %b %Y").replace(tzinfo=UTC)
    except ValueError:
        return None


def _part(move: Mapping[str, Any]) -> dict[str, str]:
    """Return a part of a schema as it was before and is after."""
    how, what = move["how"], move["what"]
    before, after = move["kinds"] if how == "kind" else ("there", "there")
    name = f"{what} {move['name']}"
    if how == "mapped":
        name = f"{move['figure']}, read from"
        before, after = move["name"], move["instead"]
    if how in {"new", "gone"}:
        before, after = ("", "there") if how == "new" else ("there", "")
    return {"name": name, "before": before, "after": after}


def _versions(stated: Event) -> tuple[str, str]:
    before: Mapping[str, str] = stated.evidence.get("compared_with") or {}
    now = f"version of {day_only(stated.as_of)}"
    if "as_of" not in before:
        return "before", now
    return f"version of {day_only(datetime.fromisoformat(before['as_of']))}", now
