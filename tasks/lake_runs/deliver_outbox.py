"""The outbox alone: what is due to the targets is sent, digests included; feeds are published."""

import os
from collections.abc import Callable, Sequence
from datetime import datetime

from schemas.errors import UnknownName
from tasks.alerts.waiver_config import configured
from tasks.delivery.run_delivery import Options, alert_state, run_delivery
from tasks.delivery.target_config import configured_targets
from tasks.delivery.targets import Target
from tasks.runs.run_step import StepRunner, run_here
from tasks.summaries.lake_summaries import DeliverSummary
from tasks.vault.backends.store import Store


def deliver_outbox(
    store: Store,
    targets: Sequence[str],
    *,
    clock: Callable[[], datetime],
    again: bool = False,
    run_step: StepRunner = run_here,
) -> DeliverSummary:
    """Send the alerts that are due; return what became of each message.

    Args:
        store: The lake.
        targets: Names of targets; empty: all that are configured, perhaps none.
        clock: Returns the time, UTC. The digest of a day is due with the first delivery after
            midnight, that of a week with the first one after Monday 00:00.
        again: Whether messages that were given up are tried once more.
        run_step: Calls a step.

    Raises:
        UnknownName: No target has that name.
        Damaged, LostRace, StoreError: As `run_delivery`.
    """
    wanted = _targets(targets)
    options = Options(environment=os.environ, clock=clock, revive=again, is_whole=not targets)
    reports = run_step(
        "deliver-alerts",
        lambda: run_delivery(store, alert_state(store, configured(), clock()), wanted, options),
    )
    return DeliverSummary(source="alerts", reports=reports)


def _targets(names: Sequence[str]) -> list[Target]:
    known = {target.name: target for target in configured_targets()}
    for name in names:
        if name not in known:
            raise UnknownName("target", name, sorted(known))
    return [known[name] for name in dict.fromkeys(names)] or list(known.values())
