"""Proof of an alert: the archived rows behind it, what the others did, how to reproduce it.

Promises: made when somebody reads the alert, from bytes that never change; what is damaged or gone
is a sentence in the answer.
"""

from collections.abc import Mapping, Sequence
from shlex import quote
from typing import Any, Final

from schemas.alerts import Alert, Event, standing_events
from schemas.wording import ARROW, figure, percent
from tasks.vault.backends.store import Store

DEFAULT_LAKE: Final = "./lake"
RUNBOOK: Final = "docs/rules.md#{}"
"""The page of the repository; each rule has its anchor."""
OF_ONE_VERSION: Final = frozenset({"R5", "R6", "R8", "R9", "R11", "R16"})
"""Rules that judge what one version shows, and no change between two."""
SIBLINGS: Final = {
    "rose": "rose for {}",
    "fell": "fell for {}",
    "stayed": "stayed for {}",
    "appeared": "appeared for {}",
    "vanished": "vanished for {}",
}


def alert_proof(
    store: Store, alert: Alert, events: Sequence[Event], *, address: str
) -> dict[str, Any]:
    """Return what proves an alert, as JSON values.

    Args:
        store: The lake of the alert.
        alert: The alert.
        events: Its events, oldest first.
        address: The lake as it is typed.

    Returns:
        siblings [a sentence; null where its evidence has none], command [to be typed, shows the
        figures], runbook [page and anchor], raw_rows [for both versions, the older one first, see
        `tasks.alerts.raw_evidence.quoted_rows`].
    """
    stated = stated_event(alert, events)
    around = stated.evidence.get("siblings")
    return {
        "siblings": siblings_sentence(around, alert.column or "") if around else None,
        "command": command_of(alert, stated, address),
        "runbook": RUNBOOK.format(alert.rule.lower()),
        "raw_rows": rows_behind(store, alert, stated),
    }


def stated_event(alert: Alert, events: Sequence[Event]) -> Event:
    """Return the event of a rule that has the figures of an alert; `events`: oldest first."""
    judged = standing_events(events)
    return next((one for one in reversed(judged) if one.as_of == alert.as_of), judged[-1])


def versions_of(stated: Event) -> list[str]:
    """Return the ids of the versions that an event compares, the older one first."""
    before: Mapping[str, Any] = stated.evidence.get("compared_with") or {}
    return [name for name in (before.get("id"), stated.id) if name]


def rows_behind(store: Store, alert: Alert, stated: Event) -> list[dict[str, Any]]:
    """Return the archived rows of each version; without rows where the alert is about no figure.

    `stated`: see `stated_event`. Each is as `tasks.alerts.raw_evidence.quoted_rows` returns it.
    """
    from tasks.alerts.archived_version import ArchivedVersion  # noqa: PLC0415 (parsers)
    from tasks.alerts.raw_evidence import figures_behind, quoted_rows  # noqa: PLC0415 (as above)
    from tasks.sources import source_named  # noqa: PLC0415 (as above)

    declared, figures = source_named(alert.dataset.partition(".")[0]), figures_behind(alert, stated)
    return [
        quoted_rows(ArchivedVersion(store, declared, name), figures) for name in versions_of(stated)
    ]


def siblings_sentence(around: Mapping[str, Any], column: str) -> str:
    """Return what a figure did in all countries in one version, from the evidence.

    >>> counts = dict(rose=1, fell=45, stayed=150, appeared=0, vanished=0)
    >>> siblings_sentence({**counts, "total_before": 10, "total_after": 5}, "doses_delivered")
    'In this version the figure rose for 1 country, fell for 45 and stayed for 150; \
over all countries 10 \u2192 5 (\u221250.0 %).'
    """
    named = [text.format(f"{around[name]:,}") for name, text in SIBLINGS.items() if around[name]]
    if named:
        count = next(around[name] for name in SIBLINGS if around[name])
        named[0] += " country" if count == 1 else " countries"
    text = " and ".join(filter(None, (", ".join(named[:-1]), *named[-1:]))) or "is of no country"
    before, after = around["total_before"], around["total_after"]
    if before is None or after is None:
        return f"In this version the figure {text}."
    share = f" ({percent((after - before) / before)})" if before > 0 else ""
    totals = f"{figure(before, column)} {ARROW} {figure(after, column)}{share}"
    return f"In this version the figure {text}; over all countries {totals}."


def command_of(alert: Alert, stated: Event, address: str) -> str:
    """Return the command that shows the figures of an alert.

    `stated`: see `stated_event`. `address`: the lake as it is typed.
    """
    ids = versions_of(stated)
    where = [f"--where {quote(f'{name}={value}')}" for name, value in alert.key.items()]
    if alert.column is None and not where:
        words = ["vintages", alert.dataset]
    elif alert.rule in OF_ONE_VERSION or len(ids) == 1 or alert.before == alert.after:
        words = ["asof", alert.dataset, ids[-1], *where]
    else:
        words = ["diff", alert.dataset, *ids, *where]
    lake = [] if address == DEFAULT_LAKE else ["--lake", quote(address)]
    return " ".join(["vaxwatch", *words, *lake])
