"""Which snapshots are held, because they look like a fault of their source.

Promises: a held snapshot is committed and can be read as of its time; only `latest` does not show
it. A snapshot is compared once, with the last good one before it in time that is known at its
commit; the order of the snapshots of one commit does not matter. One that covers a slice is
compared with what was known of that slice. The third in a row that agrees with a held one releases
it, and one whose series are only thinner than before is not held.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

import polars as pl

from schemas.source import Source
from schemas.wording import listed
from tasks.acceptance.earlier_vintages import NO_EARLIER_VINTAGES, EarlierVintages
from tasks.acceptance.fault_checks import key_loss, size_loss, sizes_of, unended_texts
from tasks.acceptance.held_runs import borne_out
from tasks.acceptance.known_snapshots import KnownSnapshots
from tasks.acceptance.parsed_snapshot import ParsedSnapshot, draft_of
from tasks.acceptance.thinning import Thinning, long_figures, thinning
from tasks.vault.backdated_insert import Draft, TableDraft
from tasks.vault.segments import covered, keys_in_quarantine


@dataclass(frozen=True, kw_only=True, slots=True)
class Acceptance:
    """The draft of a vintage, held or not.

    `reasons`: sentences that say why it looks like a fault. `notes`: other sentences about it.
    """

    draft: Draft
    reasons: tuple[str, ...]
    notes: tuple[str, ...]


def accept(
    source: Source,
    parsed_snapshots: Iterable[ParsedSnapshot],
    earlier: EarlierVintages = NO_EARLIER_VINTAGES,
) -> dict[str, Acceptance]:
    """Return the drafts to commit by snapshot id, in the order of time, held or not.

    Each snapshot is compared with the newest one before it that is not held: a vintage of `earlier`
    or one of `parsed_snapshots`. One that looks like a fault is held, unless `earlier` has accepted
    it.
    """
    known = KnownSnapshots(source, earlier)
    accepted: dict[str, Acceptance] = {}
    for parsed in sorted(parsed_snapshots, key=lambda one: one.snapshot.retrieved_at):
        snapshot, draft = parsed.snapshot, draft_of(source, parsed)
        keys = {name: known.keys_before(name, snapshot.retrieved_at) for name in draft.tables}
        reasons, notes = _judge(known, parsed, draft, keys)
        released: list[str] = []
        if reasons and snapshot.id not in earlier.accepted:
            held = known.held_before(snapshot.retrieved_at, draft.tables)
            released = borne_out(source, held, snapshot, draft)
            if not released:
                known.add_held(parsed, draft)
                accepted[snapshot.id] = Acceptance(
                    draft=replace(draft, held=True), reasons=reasons, notes=notes
                )
                continue
            notes = (*notes, _released_note(released))
            for name in accepted.keys() & {*released}:
                one = accepted[name]
                accepted[name] = replace(one, draft=replace(one.draft, held=False))
        known.add(parsed, draft, keys)
        accepted[snapshot.id] = Acceptance(
            draft=replace(draft, releases=tuple(name for name in released if name not in accepted)),
            reasons=reasons,
            notes=notes,
        )
    return accepted


def _judge(
    known: KnownSnapshots,
    parsed: ParsedSnapshot,
    draft: Draft,
    keys: Mapping[str, pl.DataFrame | None],
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return why a snapshot looks like a fault of its source, and notes on it.

    `keys`: those of its tables known right before it.
    """
    source, snapshot = known.source, parsed.snapshot
    sizes, schema = known.last_good(parsed)
    cut_off, notes = unended_texts(parsed.schema, schema)
    missing: list[str] = []
    is_thinner = False
    for name, table in draft.tables.items():
        reason = _missing_keys(source, table, keys[name])
        thinner = _thinning(known, name, table, snapshot.retrieved_at) if reason else None
        if thinner:
            reason = _missing_keys(source, table, keys[name], thinned=thinner.gone)
            notes.append(f"{name} has fewer days. {thinner.sentence()}")
            is_thinner = True
        if reason:
            part = "" if table.covers is None else ", in the part that this snapshot speaks for"
            missing.append(f"{name}{part}: {reason}")
    if not is_thinner and all(table.covers is None for table in draft.tables.values()):
        too_small = size_loss(sizes, sizes_of(snapshot), source.least_bytes)
        missing += [too_small] if too_small else []
    return (*missing, *cut_off), tuple(notes)


def _released_note(released: Sequence[str]) -> str:
    return (
        f"{listed(released)} {'was' if len(released) == 1 else 'were'} held and agree with this "
        f"version: what is shown again and again is no fault of one day, and they are released."
    )


def _thinning(known: KnownSnapshots, name: str, table: TableDraft, at: datetime) -> Thinning | None:
    """Return how a table is thinner than right before an instant, None where it is not."""
    if table.covers is not None:
        return None
    rows = known.rows_before(name, at)
    if rows is None:
        return None
    before, now = (long_figures(one, table.key) for one in (rows, table.frame))
    return thinning(before, now, table.key)


def _missing_keys(
    source: Source,
    table: TableDraft,
    known: pl.DataFrame | None,
    *,
    thinned: pl.DataFrame | None = None,
) -> str | None:
    """Return why a table is held for its missing keys; `thinned`: keys that may be missing."""
    if known is None:
        return None
    key, bad = table.key, table.quarantined
    quarantined = table.frame.clear() if bad is None else keys_in_quarantine(bad, key)
    now = table.frame.select(key)
    return key_loss(
        covered(known, table.covers).select(key),
        now if thinned is None else pl.concat([now, thinned.select(key)]),
        quarantined.select(key),
        smallest=source.smallest,
        most_lost=source.most_lost,
    )
