"""The filters of `alerts list`: which alerts are meant, with clear errors for unknown names."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from schemas.alerts import Alert
from schemas.errors import WrongUse
from schemas.records import utc
from schemas.wording import listed
from vaxwatch.commands.reading_commands import near_values
from vaxwatch.reader import Lake

FEW: Final = 20
"""Names that are listed where none is similar."""


@dataclass(frozen=True, kw_only=True, slots=True)
class AlertFilter:
    """Which alerts are listed: all that fit every field; an empty field fits all.

    `since`: their figures are of this instant or later. `is_new`: opened by the newest vintage of
    their source. `countries`: one that they are about, a group by its parts too, ISO 3166-1
    alpha-3.
    """

    states: Collection[str] = ()
    severities: Collection[str] = ()
    since: datetime | None = None
    is_new: bool = False
    countries: Collection[str] = ()
    sources: Collection[str] = ()
    rules: Collection[str] = ()

    def chosen(self, lake: Lake) -> Iterator[Alert]:
        """Yield the alerts of a lake that fit."""
        newest: dict[str, datetime] = {}
        if self.is_new:
            vaults = lake.vaults().items()
            newest = {name: vault.vintages()[-1].as_of for name, vault in vaults}
        parts = lake.alert_countries() if self.countries else {}
        for alert in lake.alert_records():
            source = alert.dataset.partition(".")[0]
            if (
                all(self._fits(alert, source))
                and (not self.countries or parts[alert.fingerprint] & {*self.countries})
                and (self.since is None or alert.as_of >= self.since)
                and (not self.is_new or alert.opened_as_of >= newest[source])
            ):
                yield alert

    def _fits(self, alert: Alert, source: str) -> Iterator[bool]:
        yield not self.states or alert.state in self.states
        yield not self.severities or alert.severity in self.severities
        yield not self.sources or source in self.sources
        yield not self.rules or alert.rule in self.rules


def since_of(text: str | None) -> datetime | None:
    """Return the instant of --since; a day means its beginning, in UTC. Raises WrongUse."""
    if text is None:
        return None
    try:
        return utc(datetime.fromisoformat(text))
    except ValueError:
        expected = "expected a day or a time, such as 2022-02-10 or 2022-02-10T06:30Z"
        raise WrongUse(f"--since is '{text}'; {expected}.") from None


def country_codes(names: Sequence[str]) -> list[str]:
    """Return the codes of countries that are named or coded. Raises WrongUse."""
    if not names:
        return []
    from schemas.countries import iso3_of  # noqa: PLC0415 (pycountry, only where one is asked for)

    codes: list[str] = []
    for name in names:
        code = iso3_of(name.upper()) or iso3_of(name)
        if code is None:
            expected = "expected a code or a name, such as PRK or Haiti"
            raise WrongUse(f"--country is '{name}', which is no country; {expected}.")
        codes.append(code)
    return codes


def known_names(option: str, names: Sequence[str], known: Sequence[str]) -> list[str]:
    """Return names that are known, in any case. Raises WrongUse with those near."""
    by_lower = {one.casefold(): one for one in known}
    for name in names:
        if name.casefold() not in by_lower:
            near = listed(near_values(name, known) or known, FEW)
            raise WrongUse(f"{option} is '{name}', which is none. Near it or known: {near}.")
    return [by_lower[name.casefold()] for name in names]


def known_rules() -> list[str]:
    """Return the ids of all alert rules."""
    from tasks.alerts.rules.registry import RULES  # noqa: PLC0415 (only where one is asked for)

    return [rule.id for rule in RULES]


def known_sources() -> list[str]:
    """Return the names of all declared sources."""
    from tasks.sources import SOURCES  # noqa: PLC0415 (only where one is asked for)

    return [source.name for source in SOURCES]
