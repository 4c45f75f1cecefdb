"""Findings with figures beyond 2^53 digit for digit: the rules have them as the nearest float.

Promises: a finding without such a figure stays as it is. Of several figures with one float, that of
the same dataset, country and column is taken, of the version nearest before.
"""

import re
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final, NamedTuple, cast

from schemas.alerts import Event, Finding
from schemas.wording import MINUS, figure
from tasks.alerts.rules.reading.large_cells import LARGEST
from tasks.alerts.rules.reading.rule_input import RuleInput

NUMBER: Final = re.compile(rf"{MINUS}?\b\d{{1,3}}(?:,\d{{3}}){{5,}}\b")
"""A whole number of sixteen digits or more, as sentences have it."""


class _Shown(NamedTuple):
    """A figure, exactly, and the instant of the vintage that showed it first."""

    dataset: str
    iso3: str | None
    column: str
    at: datetime
    value: int


Shown = Mapping[float, Sequence[_Shown]]
"""The large figures of a source, by their floats."""


def with_exact_figures(
    findings: Sequence[Finding], rule_inputs: Sequence[RuleInput]
) -> list[Finding]:
    """Return the findings with every figure beyond 2^53 as its dataset shows it."""
    shown: dict[float, list[_Shown]] = {}
    for one in rule_inputs:
        if one.large is not None:
            times = one.vintages.select("seq", "as_of")
            dated = one.large.join(times, on="seq")
            columns = ("number", "iso3", "column", "as_of", "value")
            for number, *row in dated.select(columns).iter_rows():
                shown.setdefault(number, []).append(_Shown(one.dataset, *row))
    if not shown:
        return list(findings)
    return [
        replace(one, events=tuple(_event(shown, one, event) for event in one.events))
        for one in findings
    ]


def _event(shown: Shown, finding: Finding, event: Event) -> Event:
    iso3 = finding.key.get("iso3")
    now = _Place(
        shown=shown,
        dataset=finding.dataset,
        iso3=None if iso3 is None else str(iso3),
        column=finding.column or "",
        at=event.as_of,
        before_at=event.previous_as_of or event.as_of,
    )
    own = {"before": event.before, "after": event.after, "change": event.change}
    exact = now.of(own)
    texts = {
        figure(own[name]): figure(exact[name])
        for name in ("before", "after")
        if isinstance(exact[name], int)
    }
    now = replace(now, texts=texts)
    evidence = {name: now.of(value) for name, value in event.evidence.items()}
    return replace(event, **exact, sentence=now.of(event.sentence), evidence=evidence)


@dataclass(frozen=True, kw_only=True, slots=True)
class _Place:
    """Where a value stands: what it is about, and at which vintages it and the one before are.

    `texts`: figures as sentences have them, by their text as floats.
    """

    shown: Shown
    dataset: str
    iso3: str | None
    column: str
    at: datetime
    before_at: datetime
    texts: Mapping[str, str] | None = None

    def of(self, value: Any) -> Any:
        """Return a JSON value with all large figures in it as the datasets show them."""
        if isinstance(value, str):
            return NUMBER.sub(self._text, value)
        if isinstance(value, Mapping):
            return self._named(cast("Mapping[str, Any]", value))
        if isinstance(value, (list, tuple)):
            return self._listed(cast("Sequence[Any]", value))
        return self._number(value) if isinstance(value, (int, float)) else value

    def _named(self, values: Mapping[str, Any]) -> dict[str, Any]:
        key: Mapping[str, Any] = values.get("key") or {}
        own = replace(
            self,
            iso3=str(key["iso3"]) if "iso3" in key else self.iso3,
            column=values.get("column") or self.column,
        )
        then = replace(own, at=self.before_at)
        found = {name: (then if name == "before" else own).of(one) for name, one in values.items()}
        sides = [found.get(name) for name in ("before", "after")]
        if found.get("change") is not None and found != values and None not in sides:
            found["change"] = found["after"] - found["before"]
        return found

    def _listed(self, values: Sequence[Any]) -> list[Any]:
        """Return the values of a list; what follows an instant in it is of that instant."""
        place = self
        with suppress(IndexError, TypeError, ValueError):
            at = datetime.fromisoformat(values[0])
            place = replace(self, at=at) if at.tzinfo else self  # a date is no version
        return [place.of(one) for one in values]

    def _number(self, value: float) -> float:
        known = [one for one in self.shown.get(float(value), ()) if one.at <= self.at]
        if abs(value) < LARGEST or not known:
            return value
        return max(known, key=self._nearness).value

    def _nearness(self, one: _Shown) -> tuple[bool, bool, bool, datetime]:
        own = one.dataset == self.dataset, one.iso3 == self.iso3, one.column == self.column
        return *own, one.at

    def _text(self, found: re.Match[str]) -> str:
        text = found[0]
        if self.texts and text in self.texts:
            return self.texts[text]
        return figure(self._number(int(text.replace(",", "").replace(MINUS, "-"))))
