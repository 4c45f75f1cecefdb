"""Changes of a server's automations, and the block that they notify."""

from collections.abc import Iterable
from functools import partial
from typing import Any
from uuid import UUID

from prefect.client.orchestration import SyncPrefectClient
from prefect.events.schemas.automations import AutomationCore

from vaxwatch.orchestration.changes import Change


def automation_changes(client: SyncPrefectClient, wanted: Iterable[AutomationCore]) -> list[Change]:
    """Return what a server's automations lack; whether one is switched off is left to people."""
    changes: list[Change] = []
    for one in wanted:
        seen = client.read_automations_by_name(one.name)
        if not seen:
            make = partial(client.create_automation, one)
            changes.append(Change(kind="automation", name=one.name, action="create", make=make))
            continue
        kept = one.model_copy(update={"enabled": seen[0].enabled})
        here, there = _facts(kept), _facts(seen[0])
        if differing := sorted(name for name in here if here[name] != there[name]):
            update: Any = partial(client.update_automation, seen[0].id, kept)
            changes.append(
                Change(
                    kind="automation",
                    name=one.name,
                    action="update",
                    detail=", ".join(differing),
                    make=update,
                )
            )
        else:
            changes.append(Change(kind="automation", name=one.name, action="unchanged"))
    return changes


def notification_block(client: SyncPrefectClient, name: str) -> UUID:
    """Return the id of a notification block, named type/name, such as custom-webhook/operators.

    Raises ObjectNotFound where there is none, ValueError where the name has another form.
    """
    block_type, document = name.split("/")
    found = client.read_block_document_by_name(document, block_type_slug=block_type)
    return found.id


def _facts(one: AutomationCore) -> dict[str, Any]:
    """Return what counts of an automation, the same for the same whatever its sets' order."""
    document = one.model_dump(mode="json")
    trigger: dict[str, Any] = document["trigger"]
    plain = {
        name: sorted(map(str, value)) if isinstance(value, list) else value  # pyright: ignore[reportUnknownArgumentType]
        for name, value in trigger.items()
    }
    return {
        "description": document["description"],
        "trigger": plain,
        "actions": document["actions"],
        "tags": sorted(document["tags"]),
    }
