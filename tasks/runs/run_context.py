"""The run context: what all steps of one run share.

Promises: the lake, the source and the file of settings are opened once per run.
"""

import json
import os
import time
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cached_property

from schemas.errors import WrongUse
from schemas.source import Source
from schemas.waivers import Waiver, in_force
from tasks.acceptance.parsed_snapshot import with_waived_budgets
from tasks.alerts.alert_config import CONFIG, AlertConfig, configured_alerts
from tasks.alerts.waiver_config import configured
from tasks.delivery.target_config import configured_targets
from tasks.delivery.targets import Target
from tasks.raw.archive import archived_ids
from tasks.runs.run_log import StepLog
from tasks.runs.run_step import StepRunner, run_here
from tasks.schema_drift.schema_log import SchemaLogFile
from tasks.sources import source_named
from tasks.vault.backends.open_store import open_store
from tasks.vault.backends.read_once import ReadOnce
from tasks.vault.backends.store import Store
from tasks.vault.vault_reader import VaultReader
from tasks.web.download import FetchPolicy


@dataclass(frozen=True, kw_only=True)
class RunContext:
    """What all steps of one run share.

    `at`: when the run started, UTC; it is the time of everything that the run writes down.
    `waivers`: all of the file of settings, expired ones too. `targets`: whom alerts are sent to.
    `alert_config`: its section [alerts]. `check_quality`: whether published tables are held against
    their expectations. `build_marts`: whether the marts follow. `began`: the monotonic clock at the
    start.
    """

    store: Store
    source: Source
    at: datetime
    waivers: tuple[Waiver, ...] = ()
    targets: tuple[Target, ...] = ()
    alert_config: AlertConfig = CONFIG
    check_quality: bool = True
    build_marts: bool = False
    run_step: StepRunner = run_here
    began: float = field(default_factory=time.monotonic)

    def clock(self) -> datetime:
        """Return the time by now: that of the run, and how long it has taken."""
        return self.at + timedelta(seconds=time.monotonic() - self.began)

    @cached_property
    def schema_log(self) -> SchemaLogFile:
        """The schemas of the source's snapshots, read when first used."""
        return SchemaLogFile(self.store, self.source)

    @cached_property
    def vault(self) -> VaultReader:
        """The source's vault on the commit that was its newest when first used, or its own last."""
        return VaultReader(self.store, self.source.name)

    @cached_property
    def newest_archived(self) -> list[str]:
        """The ids of the archived snapshots that are not older than the tail of vintages, sorted.

        As of the first use; all of them while no page of vintages is sealed.
        """
        return archived_ids(self.store, self.source.name, since=self.tail_since)

    @property
    def tail_since(self) -> datetime | None:
        """The instant of the oldest vintage in the tail; None while no page is sealed."""
        head = self.vault.head
        return head.tail[0].as_of if head and head.pages and head.tail else None

    @property
    def waivers_in_force(self) -> list[Waiver]:
        """The waivers that hold on the day of the run."""
        return list(in_force(self.waivers, self.at.date()))


def open_run(
    source: str,
    lake: str,
    *,
    at: datetime,
    check_quality: bool = True,
    run_step: StepRunner = run_here,
) -> RunContext:
    """Return the context of a run on one source; tables whose budget is waived today have none.

    Raises WrongUse as `require_lake`, UnknownName for the source.
    """
    require_lake(lake)
    waivers = configured()
    store = ReadOnce(open_store(lake))
    return RunContext(
        store=store,
        source=with_waived_budgets(source_named(source), waivers, at.date()),
        at=at,
        waivers=waivers,
        targets=configured_targets(),
        alert_config=configured_alerts(),
        check_quality=check_quality,
        build_marts=are_marts_wanted(),
        run_step=StepLog(run_step, source, store.uri),
    )


def open_lake_store(lake: str) -> Store:
    """Return the store of a lake. Raises WrongUse as `require_lake`."""
    require_lake(lake)
    return open_store(lake)


def require_lake(lake: str) -> None:
    """Raise WrongUse when the lake's address was never filled in."""
    if not lake or "{{" in lake:
        raise WrongUse(
            f"No lake is named (seen '{lake}'); expected a folder or s3://bucket/prefix. "
            f"Set VAXWATCH_LAKE and deploy again, or give the parameter 'lake'."
        )


def address_of(source: str) -> str | None:
    """Return the address that VAXWATCH_SOURCES gives to a source, None for its declared one."""
    urls = json.loads(os.environ.get("VAXWATCH_SOURCES") or "{}")
    return urls.get(source, {}).get("url")


def are_marts_wanted() -> bool:
    """Return whether runs build marts: unless VAXWATCH_MARTS is off."""
    return os.environ.get("VAXWATCH_MARTS", "").strip().lower() not in {"0", "false", "no", "off"}


def fetch_policy() -> FetchPolicy:
    """Return the policy of VAXWATCH_CONTACT and VAXWATCH_ALLOW_PRIVATE."""
    private = os.environ.get("VAXWATCH_ALLOW_PRIVATE", "").lower() in {"1", "true", "yes", "on"}
    return FetchPolicy(contact=os.environ.get("VAXWATCH_CONTACT", ""), private=private)
