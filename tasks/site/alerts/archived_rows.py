"""The archived rows behind the alerts whose pages are rendered.

Promises: looked up only for pages that are rendered; a version is read and parsed once for all of
them, and only its rows are kept.
"""

from collections import defaultdict
from typing import Any

from schemas.alerts import Alert, Event
from tasks.alerts.alert_proof import versions_of
from tasks.alerts.archived_version import ArchivedVersion
from tasks.alerts.raw_evidence import Figures, figures_behind, quoted_rows
from tasks.raw.body_reader import BodyReader
from tasks.sources import source_named
from tasks.vault.backends.store import Store

Rows = dict[str, Any]
"""What `quoted_rows` returns."""


class ArchivedRows:
    """The rows of the versions of a lake that alerts compare, by alert."""

    def __init__(self, store: Store) -> None:
        self._store, self._bodies = store, BodyReader(store)
        self._wanted: dict[tuple[str, str], dict[str, Figures]] = defaultdict(dict)
        self._found: dict[tuple[str, str, str], Rows] = {}

    def announce(self, alert: Alert, stated: Event) -> None:
        """Note that the rows of an alert will be asked for. `stated`: see `stated_event`."""
        source, figures = alert.dataset.partition(".")[0], figures_behind(alert, stated)
        for vintage in versions_of(stated):
            self._wanted[source, vintage][alert.fingerprint] = figures

    def rows(self, alert: Alert, stated: Event) -> list[Rows]:
        """Return the rows of each version, the older one first, as `rows_behind`."""
        source, own = alert.dataset.partition(".")[0], alert.fingerprint
        versions = versions_of(stated)
        if any((source, vintage, own) not in self._found for vintage in versions):
            self.announce(alert, stated)
        for vintage in versions:
            if (source, vintage, own) not in self._found:
                self._find(source, vintage)
        return [self._found[source, vintage, own] for vintage in versions]

    def _find(self, source: str, vintage: str) -> None:
        """Find the rows of all alerts that are announced for a version."""
        version = ArchivedVersion(self._store, source_named(source), vintage, self._bodies)
        for alert, figures in self._wanted.pop((source, vintage)).items():
            self._found[source, vintage, alert] = quoted_rows(version, figures)
