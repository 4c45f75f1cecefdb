"""Release: let `latest` show a vintage that was held, and raise the alerts that follow."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from schemas.alerts import Alert
from schemas.errors import WrongUse
from schemas.source import Source
from schemas.waivers import Waiver
from tasks.alerts.alert_config import configured_alerts
from tasks.alerts.update_alerts import origin_of, update_alerts
from tasks.delivery.run_delivery import refresh_feeds
from tasks.steps.publish import derive
from tasks.vault.backends.store import Store
from tasks.vault.manifest import Vintage
from tasks.vault.rewrite import release_vintage
from tasks.vault.vault_reader import VaultReader


def release(
    store: Store, source: Source, wanted: str, *, in_force: Sequence[Waiver], at: datetime
) -> tuple[Mapping[str, Vintage], list[Alert]]:
    """Release a vintage; return what `latest` shows then, by table, and the alerts that changed.

    `in_force`: the waivers of today. Raises WrongUse when it is not held, UnknownName when there is
    no vintage of that id.
    """
    vault = VaultReader(store, source.name)
    if not release_vintage(vault, wanted, at=at):
        held = ", ".join(one.id for one in vault.vintages() if one.held) or "none"
        raise WrongUse(f"{source.name} {wanted} is not held. Held are: {held}.")
    derive(store, vault, at=at)
    origin = origin_of(source, vault.find(wanted).as_of, now=at)
    changes = update_alerts(
        vault, source, at=at, origin=origin, in_force=in_force, config=configured_alerts()
    )
    refresh_feeds(store, in_force, at)
    return {name: vault.shown(name) for name in vault.tables()}, [*changes.alerts]
