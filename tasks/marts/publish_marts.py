"""Publishes marts: builds those whose inputs have changed, and leaves the others.

Promises: `marts/inputs.json` says from which inputs each mart was built; where they are the same,
nothing else is read. It is written last, so a run that was killed is finished by the next one.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

import polars as pl

from schemas.versions import MART_VERSIONS
from tasks.marts.input_versions import (
    Versions,
    alerts_file,
    alerts_version,
    inputs_of,
    newer,
    shown_versions,
)
from tasks.marts.mart import ALERTS, Mart
from tasks.marts.mart_file import read_mart, unreadable, write_mart
from tasks.marts.mart_views import DATABASE, publish_database, publish_mart_views
from tasks.marts.published_inputs import published_inputs
from tasks.marts.registry import MARTS
from tasks.sources import SOURCES
from tasks.vault.backends.overlay_store import OverlayStore
from tasks.vault.backends.store import Store
from tasks.vault.parquet_metadata import PublishedFile
from tasks.vault.vault_reader import VaultReader

INPUTS_FILE: Final = "marts/inputs.json"
DECLARED: Final = "declared"
"""Stands among the inputs for what the code declares: versions and revisions."""
OTHERS: Final = frozenset({ALERTS, DECLARED})
"""Inputs that are no datasets."""
TRIES: Final = 3  # how often a mart is built again because another run has later inputs
Built = Mapping[str, Versions]  # by mart, those that it was built from


def publish_marts(
    store: Store, vaults: Iterable[VaultReader] = (), *, at: datetime, from_scratch: bool = False
) -> list[str]:
    """Build the marts whose inputs have changed; return their names.

    `vaults`: of the sources that may have changed, on their newest commits; all sources where none
    is given, or no mart is there yet, and marts that are gone or damaged. `at`: the time of the
    run, UTC. `from_scratch`: build every mart, and look at no earlier one.
    Raises Damaged where a published file is not there, LostRace.
    """
    asked = list(vaults)
    built = {} if from_scratch else noted_inputs(store)
    if built and not asked:
        built = {name: built[name] for name in built.keys() - unreadable(store, MARTS)}
    is_known = all(built.get(mart.name, {}).get(DECLARED) == _declared(mart) for mart in MARTS)
    if not asked or not is_known:
        asked = [VaultReader(store, source.name) for source in SOURCES]
    return _Run(store, asked, built, at).publish(from_scratch=from_scratch)


def rebuilt_marts(store: Store, *, at: datetime) -> dict[str, bytes]:
    """Return the files of all marts by key, built from scratch; writes nothing. Raises Damaged."""
    overlay = OverlayStore(store, hides=lambda key: key.startswith("marts/"))
    vaults = [VaultReader(overlay, source.name) for source in SOURCES]
    _Run(overlay, vaults, {}, at).build(from_scratch=True)
    return overlay.written()


@dataclass
class _Run:
    """One building of marts: what is known of their inputs, and the marts that it has read."""

    store: Store
    vaults: Sequence[VaultReader]
    built: Built
    at: datetime
    alerts: PublishedFile = field(init=False)
    marts: dict[str, pl.DataFrame] = field(default_factory=dict[str, pl.DataFrame])

    def publish(self, *, from_scratch: bool) -> list[str]:
        """Build what is due, then the views of all marts; return the names of those built."""
        done = self.build(from_scratch=from_scratch)
        if done:
            publish_mart_views(self.store)
            self._note(done)
        if done or DATABASE not in self.built:
            before = self.built.get(DATABASE, {})
            now = publish_database(self.store, before)
            if now != before:
                self._note({DATABASE: now})
        return list(done)

    def build(self, *, from_scratch: bool) -> dict[str, Versions]:
        """Build what is due; return the inputs of each mart that was built."""
        self.alerts = alerts_file(self.store)
        given = {ALERTS: alerts_version(self.alerts)}
        for vault in self.vaults:
            given |= shown_versions(vault)
        known: dict[str, str] = {}
        for versions in self.built.values():
            known = newer(known, {n: v for n, v in versions.items() if n not in OTHERS})
        versions = newer(known, given)
        done: dict[str, Versions] = {}
        for mart in MARTS:
            inputs = {**inputs_of(mart, versions), DECLARED: _declared(mart)}
            before = self.built.get(mart.name, {})
            changed = {name for name, version in inputs.items() if before.get(name) != version}
            if changed:
                done[mart.name] = self._write(mart, inputs, changed, is_whole=from_scratch)
        return done

    def _note(self, done: Built) -> None:
        """Write down from which inputs something was built."""
        self.store.update(INPUTS_FILE, lambda present: _with(present, done))

    def _write(
        self, mart: Mart, inputs: Versions, changed: set[str], *, is_whole: bool
    ) -> Versions:
        """Build and write one mart; return the versions of the inputs that it shows now."""
        sources = self._sources(mart, changed, is_whole=is_whole)
        shown = inputs
        for _ in range(TRIES):
            names = [n for n in inputs if sources is None or n.partition(".")[0] in sources]
            made_of = published_inputs(
                self.store,
                names,
                at=self.at,
                alerts=self.alerts,
                marts=_Marts(self.store, self.marts),
            )
            written = write_mart(
                self.store,
                mart,
                lambda made_of=made_of: mart.rows(made_of),
                inputs={name: inputs[name] for name in inputs if name in names or name in OTHERS},
                sources=sources,
            )
            if written.is_lost:
                sources = None
                continue
            self.marts[mart.name], shown = written.rows, written.inputs
            if not written.is_stale or sources is not None:
                break
            self.marts.clear()
            self.alerts = alerts_file(self.store)
            inputs = newer(inputs, written.inputs)
            if ALERTS in inputs:
                inputs[ALERTS] = alerts_version(self.alerts)
        return shown

    def _sources(self, mart: Mart, changed: set[str], *, is_whole: bool) -> set[str] | None:
        """Return the sources whose rows are built again; None for all, as one table."""
        if not mart.is_by_source or is_whole or DECLARED in changed:
            return None
        sources = {name.partition(".")[0] for name in changed - OTHERS}
        if ALERTS in changed:
            sources |= {vault.source for vault in self.vaults}
        return sources


class _Marts(dict[str, pl.DataFrame]):
    """Marts by name; one that this run did not build is read from its file."""

    def __init__(self, store: Store, known: Mapping[str, pl.DataFrame]) -> None:
        super().__init__(known)
        self._store = store

    def __missing__(self, name: str) -> pl.DataFrame:
        mart = next(mart for mart in MARTS if mart.name == name)
        return self.setdefault(name, read_mart(self._store, mart))


def _declared(mart: Mart) -> str:
    return f"{MART_VERSIONS[mart.name]}.{mart.revision}{mart.declared()}"


def noted_inputs(store: Store) -> dict[str, Versions]:
    """Return the inputs that each mart was built from, by name; none where they cannot be read."""
    return _read(blob.body if (blob := store.get(INPUTS_FILE)) else None)


def _read(body: bytes | None) -> dict[str, Versions]:
    """Return what a file of inputs says; nothing where it cannot be read."""
    try:
        return json.loads(body) if body else {}
    except ValueError:
        return {}


def _with(present: bytes | None, done: Mapping[str, Versions]) -> bytes:
    """Return a file of inputs with those of what was built, or of what another run built later."""
    known = _read(present)
    for name, inputs in done.items():
        before = known.get(name, {})
        is_same_kind = name != DATABASE and before.get(DECLARED) == inputs[DECLARED]
        known[name] = newer(before, inputs) if is_same_kind else inputs
    return json.dumps(known, indent=1, sort_keys=True).encode()
