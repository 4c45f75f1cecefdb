"""Origins: live, replay, and shadow while a source or a rule is new; why an alert is superseded."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from schemas.alerts import Finding
from schemas.rule_settings import Thresholds
from tasks.alerts.alert_log import alert_log, events_in
from tasks.alerts.known_entries import known_entries
from tasks.alerts.origins import Origins
from tasks.alerts.published_alerts import publish_alerts
from tasks.alerts.record_findings import record_findings
from tasks.vault.backends.memory_store import MemoryStore
from tasks.vault.backends.store import Store
from tests.alerts import DAY, read_alerts
from tests.ladder import CURRENT
from tests.tasks.alerts.test_actions import event, finding

AT = datetime(2022, 1, 28, tzinfo=UTC)
RULES: dict[str, Thresholds] = {"R4": {"step": 0.1}}


def opened(day: int, rule: str = "R4") -> Finding:
    """Return a finding of a rule that opens on a day of January 2022."""
    return replace(finding(event(day), iso3=f"on {day}"), rule=rule)


def run(store: Store, *findings: Finding, upto: int, first: int = 1, **how: object) -> None:
    """Record what the rules find on a source with a vintage a day."""
    origins = Origins(
        run="live",
        live_since=AT - timedelta(days=20),
        vintages=[event(day).as_of for day in range(first, upto + 1)],
        rules=RULES,
        shadow_versions=4,
    )
    judged = replace(CURRENT, origins=replace(origins, **how))  # pyright: ignore[reportArgumentType]
    assert record_findings(store, findings, source="s", origin="live", at=AT, judged=judged)


def origins_of(store: Store) -> dict[str, str]:
    """Return the origin of each alert, by its rule and country."""
    return {f"{one.rule} {one.key['iso3']}": one.origin for one in read_alerts(store)}


def test_the_first_versions_of_a_source_are_shadow() -> None:
    """Its first four; a source that was quiet until its tenth is live at once."""
    store, quiet = MemoryStore(), MemoryStore()
    found = []
    for day in range(12, 18):
        found.append(opened(day))
        run(store, *found, first=11, upto=day)
    assert [*origins_of(store).values()] == ["live"] * 3 + ["shadow"] * 3
    run(quiet, opened(20), first=11, upto=20)
    assert origins_of(quiet) == {"R4 on 20": "live"}


def test_a_new_rule_is_shadow_for_four_versions() -> None:
    """From the run on in which the log sees it first; the other rules go on."""
    store = MemoryStore()
    run(store, opened(18), first=1, upto=18)
    both = {**RULES, "R5": {}}
    found = [opened(18), opened(20), opened(19, "R5")]
    run(store, *found, upto=20, rules=both)
    found.append(opened(23, "R5"))
    run(store, *found, upto=23, rules=both)
    found.append(opened(24, "R5"))
    run(store, *found, upto=24, rules=both)
    assert origins_of(store) == {
        "R5 on 24": "live",
        "R5 on 23": "shadow",
        "R4 on 20": "live",
        "R5 on 19": "shadow",
        "R4 on 18": "live",
    }


def test_what_is_old_is_replay_also_in_a_live_run() -> None:
    """A rule that is evaluated on history for the first time notifies nobody of it."""
    store = MemoryStore()
    run(store, opened(2), opened(20), upto=20)
    assert origins_of(store) == {"R4 on 20": "live", "R4 on 2": "replay"}
    run(store, opened(2), opened(20), opened(21), upto=21, run="replay")
    assert origins_of(store)["R4 on 21"] == "replay"


def test_an_alert_that_opened_in_shadow_stays_there() -> None:
    """Its later events are shadow, too; those of an old alert are live."""
    store = MemoryStore()
    shadow, old = finding(event(13)), finding(event(2), iso3="ERI")
    run(store, shadow, first=11, upto=13)
    run(store, old, upto=13)
    later = event(20, "escalated", "high")
    run(store, replace(shadow, events=(*shadow.events, later)), first=11, upto=20)
    run(store, replace(old, events=(*old.events, later)), upto=20)
    events = [one for entry in alert_log(store).complete() for one in events_in(entry)]
    kinds = [(one.key["iso3"], one.event.kind, one.origin) for one in events]
    assert ("PRK", "escalated", "shadow") in kinds
    assert ("ERI", "escalated", "live") in kinds


def test_without_versions_in_shadow_everything_is_live() -> None:
    """The setting `shadow_versions = 0`."""
    store = MemoryStore()
    run(store, opened(13), first=11, upto=13, shadow_versions=0)
    assert origins_of(store) == {"R4 on 13": "live"}


def test_rules_of_a_log_of_version_1_are_known() -> None:
    """Those that have events in it; the others are new."""
    store = MemoryStore()
    record_findings(store, [opened(18)], source="s", origin="live", at=AT, judged=CURRENT)
    found = [opened(18), opened(19), opened(19, "R5")]
    run(store, *found, upto=19, rules={**RULES, "R5": {}})
    assert origins_of(store) == {"R5 on 19": "shadow", "R4 on 19": "live", "R4 on 18": "live"}


def test_the_table_of_events_remembers_the_rules() -> None:
    """As the log does."""
    store = MemoryStore()
    run(store, opened(18), upto=18)
    publish_alerts(store, on=DAY)
    (entry,) = known_entries(alert_log(store), store.get("alerts/alert_events.parquet"))
    assert entry["introduced"] == alert_log(store).read(1)["introduced"]
    assert entry["introduced"] == {"R4": "2022-01-01T00:00:00+00:00"}


@pytest.mark.parametrize(
    ("rules", "why"),
    [
        ({"R4": {"step": 0.2}}, "Superseded: the thresholds of R4 changed (step 0.1 → 0.2)."),
        ({}, "Superseded: R4 is not evaluated any more."),
        (RULES, "Superseded: what became known later, a release, a retraction or other settings"),
    ],
)
def test_a_superseded_alert_has_a_reason(rules: dict[str, Thresholds], why: str) -> None:
    """A changed rule is named, with what changed."""
    store = MemoryStore()
    evidence = {"parameters": {"step": 0.1}}
    found = finding(replace(event(18), evidence=evidence))
    run(store, found, upto=18)
    run(store, upto=18, rules=rules)
    *_, last = [one for entry in alert_log(store).complete() for one in events_in(entry)]
    assert last.event.kind == "superseded"
    assert f" {why}" in last.event.sentence
