"""How far the rules have judged a source, so that a run evaluates what is new alone.

What the rules find up to a vintage depends on no later one, so its alerts stand until the history
itself changes: a vintage is inserted before others, retracted, released or read again. Any of these
raises `reshaped` in the source's commit. Promises: a state that is missing, damaged, of other
rules or of a history that changed since is no state, and everything is judged.
"""

import hashlib
from dataclasses import asdict, dataclass, fields
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any, Final, Self

from schemas.errors import Damaged
from schemas.records import stamp
from schemas.rule_settings import RuleSettings
from tasks.schema_drift.schema_log import SchemaLog
from tasks.vault.backends.store import NOT_READ, Blob, Store
from tasks.vault.manifest import Commit
from tasks.vault.own_hash import encode, parsed, with_hash

FOLDER: Final = "alerts/judged"
"""The name on disk is a contract, as are the keys of its JSON."""
ROOT: Final = Path(__file__).resolve().parents[2]
UNKNOWN: Final = -1
"""The number of schemas in a state that names none: everything is judged once."""
JUDGING: Final = ("tasks/alerts", "tasks/acceptance", "schemas")
"""The packages on which it depends what the rules find in a vintage."""


@dataclass(frozen=True, kw_only=True, slots=True)
class JudgedState:
    """How far a source was judged.

    `commit`: the number of the source's commit whose alerts are recorded. `upto`: instant of its
    newest vintage, '' without one. `rules`: hash of the rules and their settings. `schemas`: how
    many records the schema log had of its snapshots up to then; another run records that of a
    vintage after its commit. `refused`: how many of its snapshots were refused. `entries`: how many
    entries the alert log had at least.
    """

    commit: int
    upto: str
    rules: str
    schemas: int
    refused: int
    entries: int

    @classmethod
    def of(cls, head: Commit, settings: RuleSettings, schemas: SchemaLog, *, entries: int) -> Self:
        """Return the state once all vintages of a commit are judged, with these schemas."""
        upto = head.tail[-1].as_of.isoformat() if head.tail else ""
        return cls(
            commit=head.number,
            upto=upto,
            rules=rules_hash(settings),
            schemas=_records(schemas, upto),
            refused=len(schemas.refused),
            entries=entries,
        )

    def judged_until(
        self, head: Commit, settings: RuleSettings, schemas: SchemaLog
    ) -> datetime | None:
        """Return until when the vintages of a commit are judged; None where all are to be."""
        known = (rules_hash(settings), _records(schemas, self.upto), len(schemas.refused))
        is_same = (self.rules, self.schemas, self.refused) == known
        is_earlier = head.reshaped <= self.commit <= head.number
        return datetime.fromisoformat(self.upto) if self.upto and is_same and is_earlier else None


@dataclass(slots=True)
class JudgedStateFile:
    """The state of one source in the lake."""

    store: Store
    source: str
    _blob: Blob | None = NOT_READ

    @property
    def name(self) -> str:
        """The name of the object."""
        return f"{FOLDER}/{self.source}.json"

    def read(self) -> JudgedState | None:
        """Return the state; None where there is none that can be used."""
        self._blob = self.store.get(self.name)
        return _parsed(self._blob.body) if self._blob else None

    def is_damaged(self) -> bool:
        """Return whether there is an object, and no state in it."""
        blob = self.store.get(self.name)
        return blob is not None and _parsed(blob.body) is None

    def write(self, state: JudgedState) -> None:
        """Replace the state, unless a later commit's is there. Raises LostRace."""

        def build(present: bytes | None) -> bytes | None:
            there = _parsed(present) if present else None
            is_later = there is not None and there.commit > state.commit
            return None if is_later else encode(with_hash(asdict(state)))

        self.store.update(self.name, build, seen=self._blob)


def _records(schemas: SchemaLog, upto: str) -> int:
    """Return how many schemas and guesses there are of snapshots up to an instant."""
    last = stamp(datetime.fromisoformat(upto)) if upto else ""
    names = [name for name in schemas.read if name.partition("-")[0] <= last]
    return len(names) + sum(len(schemas.guesses.get(name, ())) for name in names)


def rules_hash(settings: RuleSettings) -> str:
    """Return the hash of how the rules judge: their modules, and what the lake's owner sets."""
    thresholds = {name: sorted(one.items()) for name, one in settings.thresholds.items()}
    parts = [sorted(thresholds.items()), sorted(settings.disabled), sorted(settings.watch_list)]
    return hashlib.sha256(f"{_modules_hash()} {parts}".encode()).hexdigest()


@cache
def _modules_hash() -> str:
    digest = hashlib.sha256()
    for package in JUDGING:
        for path in sorted((ROOT / package).rglob("*")):
            if path.is_file() and path.suffix != ".pyc":
                digest.update(f"{path.relative_to(ROOT)} ".encode())
                digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()


def _parsed(body: bytes) -> JudgedState | None:
    try:
        known: dict[str, Any] = {"schemas": UNKNOWN, **parsed("", body)}  # early states have none
        return JudgedState(**{one.name: known[one.name] for one in fields(JudgedState)})
    except (Damaged, KeyError):
        return None
