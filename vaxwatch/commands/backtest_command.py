"""The command `alerts backtest`: what other thresholds would find, beside what is recorded."""

import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console

from schemas.alerts import Alert
from schemas.errors import StoreUnavailable, UnknownName, WrongUse
from schemas.rule_settings import RuleSettings
from tasks.alerts.alert_config import alerts_from, rules_by_id
from tasks.alerts.backtest import (
    IncidentChange,
    alerts_found,
    changes_frame,
    counts_frame,
    incident_changes,
)
from tasks.alerts.update_alerts import findings_of
from tasks.schema_drift.schema_log import SchemaLogFile
from tasks.sources import source_named
from vaxwatch.commands.command_runner import Run, command, waiting
from vaxwatch.commands.name_arguments import SourcesArgument
from vaxwatch.display import draw_table, plural
from vaxwatch.documents import rows
from vaxwatch.reader import Lake, open_lake

SHOWN = 20
"""Changes that are drawn; --json and --out have all of them."""
ENDINGS = (".svg", ".png", ".html")


@command
def alerts_backtest(
    run: Run,
    sources: SourcesArgument = None,
    *,
    set_: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="RULE.NAME=VALUE", help="A threshold; may be repeated."),
    ] = None,
    rules: Annotated[
        str | None, typer.Option("--rules", metavar="R1,R4", help="Compare only these.")
    ] = None,
    out: Annotated[
        Path | None, typer.Option("--out", metavar="F.csv", help="Write every change there.")
    ] = None,
    chart: Annotated[
        Path | None,
        typer.Option("--chart", metavar="F.svg|F.png|F.html", help="Draw incidents by rule there."),
    ] = None,
) -> int:
    """Evaluate the rules with other thresholds on all history; nothing is recorded.

    Shows which incidents would be new, gone, or of another severity, beside
    those that are recorded. Without --set today's rules and settings are
    compared with the record.
    """
    _refuse_unwritable(out, (".csv",), "--out")
    _refuse_unwritable(chart, ENDINGS, "--chart")
    settings = _with_thresholds(run.settings.alerts.rules, set_ or [])
    chosen = _chosen_rules(rules)
    lake = open_lake(run.lake, is_pinned=True)
    with waiting(run, "Evaluating the rules on all history"):
        recorded, found = _both_sides(lake, sources or [], settings, chosen)
    changes = incident_changes(recorded, found)
    frame = changes_frame(changes)
    counts = counts_frame([*recorded.values()], [*found.values()])
    if out:
        _write(out, frame.write_csv().encode(), "--out")
    if chart:
        from tasks.charts.backtest_chart import backtest_chart  # noqa: PLC0415 (80 MB)
        from tasks.charts.rendering import RENDERERS  # noqa: PLC0415 (as above)

        _write(chart, RENDERERS[chart.suffix](backtest_chart(counts)), "--chart")
    document = {"counts": rows(counts), "changes": rows(frame)}
    return run.answer(document, lambda console: _draw(console, document, changes))


def _with_thresholds(base: RuleSettings, given: Sequence[str]) -> RuleSettings:
    """Return settings with the thresholds of --set. Raises WrongUse."""
    tables: dict[str, dict[str, Any]] = {}
    for text in given:
        place, is_set, value = text.partition("=")
        rule, _, name = place.strip().partition(".")
        try:
            written = tomllib.loads(f"value = {value.strip()}")["value"]
        except ValueError:
            written = value
        if not (rule and name and is_set):
            raise WrongUse(f"--set is '{text}'; expected RULE.NAME=VALUE, as R1.least_fall=0.2.")
        tables.setdefault(rule, {})[name] = written
    changed = alerts_from({"rules": tables}, where="--set").rules.thresholds
    merged = {
        rule: {**base.thresholds.get(rule, {}), **changed.get(rule, {})}
        for rule in base.thresholds.keys() | changed.keys()
    }
    return replace(base, thresholds=merged)


def _chosen_rules(text: str | None) -> set[str]:
    known = rules_by_id()
    names = [name.strip() for name in text.split(",")] if text else [*known]
    for name in names:
        if name not in known:
            raise UnknownName("rule", name, [*known])
    return set(names)


def _both_sides(
    lake: Lake, sources: Sequence[str], settings: RuleSettings, rules: set[str]
) -> tuple[Mapping[str, Alert], Mapping[str, Alert]]:
    """Return the recorded alerts and those found, by fingerprint."""
    vaults = {name: one for name, one in lake.vaults().items() if name in _ingested(lake)}
    for name in sources:
        if name not in vaults:
            raise UnknownName("ingested source", name, sorted(vaults))
    chosen = {name: vaults[name] for name in sources or vaults}
    found: dict[str, Alert] = {}
    for name, vault in chosen.items():
        source = source_named(name)
        schemas = SchemaLogFile(lake.store, source).log
        found |= alerts_found(findings_of(source, vault, schemas, settings=settings))
    recorded = {
        one.fingerprint: one
        for one in lake.alert_records()
        if one.dataset.partition(".")[0] in chosen
    }
    sides = [
        {name: one for name, one in side.items() if one.rule in rules} for side in (recorded, found)
    ]
    return sides[0], sides[1]


def _ingested(lake: Lake) -> Iterator[str]:
    from tasks.catalog.system_tables import SYSTEM_SOURCES  # noqa: PLC0415 (with the reader's)

    return (name for name in lake.vaults() if name not in SYSTEM_SOURCES)


def _refuse_unwritable(path: Path | None, endings: Sequence[str], option: str) -> None:
    if path is None:
        return
    if path.suffix not in endings:
        raise WrongUse(f"{option} {path}: expected a name that ends in {', '.join(endings)}.")
    if not path.parent.is_dir():
        raise WrongUse(f"{option} {path}: there is no folder {path.parent}. Make it first.")


def _write(path: Path, body: bytes, option: str) -> None:
    try:
        path.write_bytes(body)
    except OSError as error:
        raise StoreUnavailable(f"{option} {path}", f"could not be written: {error}") from error


def _draw(console: Console, document: Mapping[str, Any], changes: Sequence[IncidentChange]) -> None:
    lines = [[*one.values()] for one in document["counts"]]
    headings = ("rule", "severity", ">recorded", ">now")
    draw_table(console, "Incidents", headings=headings, lines=lines)
    columns = ("opened", "rule", "change", "severity", "sentence")
    drawn = [
        (
            f"{one.alert.opened_as_of:%Y-%m-%d}",
            one.alert.rule,
            one.change,
            " → ".join(dict.fromkeys(filter(None, (one.before, one.after)))),
            one.alert.sentence,
        )
        for one in changes[:SHOWN]
    ]
    draw_table(console, None, headings=columns, lines=drawn)
    kinds = [one.change for one in changes]
    counted = ", ".join(f"{kinds.count(kind):,} {kind}" for kind in ("new", "gone", "changed"))
    more = f" {plural(len(changes) - SHOWN, 'more change')}: --out F.csv." * (len(changes) > SHOWN)
    console.print(f"{counted}; nothing was recorded.{more}")
