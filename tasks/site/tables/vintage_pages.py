"""Pages of versions: what each changed, what it showed of each country, and its archived bytes.

Promises: a page that was once written stays, under its address, as long as the version is known;
nothing of it is computed again while the version and its neighbours are as they were.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from itertools import pairwise
from typing import Any, Final

import polars as pl

from tasks.raw.archive import archived_snapshot
from tasks.raw.body_reader import body_key
from tasks.site.addresses import vintage_page
from tasks.site.change_lines import change_lines, largest_of_days, part_text
from tasks.site.page_file import PageFile, hash_of
from tasks.site.rendering import html_page
from tasks.site.tables.figure_steps import LINE
from tasks.site.tables.table_facts import TableFacts
from tasks.site.tables.table_page import identity, step_text
from tasks.site.tables.version_lines import version_row
from tasks.vault.manifest import Vintage

LAST: Final = 24
"""Versions that changed something and get a page; older pages stay."""
MOST_CHANGES: Final = 200
MOST_FIGURES: Final = 600


def with_page(facts: TableFacts, written: Collection[str]) -> list[Vintage]:
    """Return the versions that have a page, oldest first.

    The last ones that changed a row, and those that are retracted; of the others those whose page
    is among `written`, the names of the files of the site.
    """
    last = {one.id for one in facts.changed[-LAST:]}
    known = [*facts.vintages, *(vintage for vintage, _ in facts.retracted.values())]
    shown = [
        one
        for one in known
        if one.id in last
        or one.id in facts.retracted
        or vintage_page(facts.dataset, one.id) in written
    ]
    return sorted(shown, key=lambda one: (one.as_of, one.id))


def vintage_files(facts: TableFacts, vintages: Sequence[Vintage]) -> Iterator[PageFile]:
    """Yield the pages of versions of a table."""
    around = _neighbours(vintages)
    for vintage in vintages:
        name = vintage_page(facts.dataset, vintage.id)
        made_of = [
            name,
            identity(facts) | {"newest": None},
            version_row(facts, vintage),
            vintage.tables[facts.table].state,
            around[vintage.id],
            vintage.url,
            _decision(facts, vintage.id),
            facts.change_hashes.get(vintage.id),
        ]
        yield PageFile(
            name=name,
            made_of=hash_of(made_of),
            render=lambda name=name, vintage=vintage: html_page(
                "vintage.html", name, **_values(facts, vintage, around[vintage.id])
            ),
        )


def _neighbours(vintages: Sequence[Vintage]) -> dict[str, dict[str, Any]]:
    found: dict[str, dict[str, Any]] = {one.id: {"before": None, "after": None} for one in vintages}
    for earlier, later in pairwise(vintages):
        found[earlier.id]["after"] = {"id": later.id, "as_of": later.as_of}
        found[later.id]["before"] = {"id": earlier.id, "as_of": earlier.as_of}
    return found


def _decision(facts: TableFacts, vintage_id: str) -> dict[str, Any] | None:
    if vintage_id not in facts.retracted:
        return None
    decision = facts.retracted[vintage_id][1]
    return {"at": decision.at, "reason": decision.reason, "by": decision.by or ""}


def _values(facts: TableFacts, vintage: Vintage, around: Mapping[str, Any]) -> dict[str, Any]:
    """Return the values of a version's page; of a retracted one no figures."""
    found = facts.changes.get(vintage.id)
    changes = pl.DataFrame() if found is None else largest_of_days(found)
    is_shown = vintage.id not in facts.retracted and not vintage.held
    figures, left = _figures(facts, vintage) if is_shown else ([], 0)
    return {
        **identity(facts),
        "version": version_row(facts, vintage),
        "url": vintage.url,
        "is_first": vintage.id == facts.vintages[0].id if facts.vintages else False,
        "retraction": _decision(facts, vintage.id),
        "around": around,
        "changes": change_lines(changes, MOST_CHANGES) if changes.height else [],
        "changes_left": max(changes.height - MOST_CHANGES, 0),
        "figures": figures,
        "figures_left": left,
        "bodies": _bodies(facts, vintage.id),
    }


def _figures(facts: TableFacts, vintage: Vintage) -> tuple[list[dict[str, Any]], int]:
    """Return what the first figures were as of a version, and how many there are beyond."""
    stood = facts.ordered_steps.filter(pl.col("as_of") <= vintage.as_of)
    last = stood.unique(LINE, keep="last", maintain_order=True)
    shown = [
        {
            "iso3": row["iso3"],
            "part": part_text(row["part"]),
            "measure": row["measure"],
            "text": step_text(facts.dataset, row),
        }
        for row in last.head(MOST_FIGURES).iter_rows(named=True)
    ]
    return shown, last.height - len(shown)


def _bodies(facts: TableFacts, snapshot_id: str) -> list[dict[str, Any]]:
    """Return the archived bodies of a snapshot; none where their record cannot be read."""
    snapshot = archived_snapshot(facts.content.store, facts.source.name, snapshot_id)
    return [
        {"name": one.name, "sha256": one.sha256, "size": one.size, "file": body_key(one.sha256)}
        for one in (snapshot.bodies if snapshot else ())
    ]
