"""Messages for programs: Alertmanager's webhook (version 4) and CloudEvents 1.0, as JSON values."""

import uuid
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any, Final

from schemas.wording import printable
from tasks.delivery.message_text import Rendered
from tasks.delivery.numbered_events import NumberedEvent
from tasks.delivery.planning_input import ENDS

NEVER: Final = "0001-01-01T00:00:00Z"
"""What Alertmanager writes for an end that is not known."""
SCHEMA: Final = "urn:vaxwatch:alert-event:1"


def event_uuid(one: NumberedEvent) -> uuid.UUID:
    """Return the id of an event of the alert log, the same for every receiver, for ever."""
    return uuid.uuid5(uuid.NAMESPACE_URL, f"vaxwatch:alert:{one.ref}")


def event_document(one: NumberedEvent) -> dict[str, Any]:
    """Return an event as JSON values without its evidence, of which it has the two versions."""
    document = one.alert.document()
    evidence = document.pop("evidence")
    versions = {name: evidence.get(name) for name in ("vintage", "compared_with")}
    return {
        **document,
        "origin": one.origin,
        "recorded_at": one.recorded_at.isoformat(),
        **versions,
    }


def cloud_events(message: Rendered) -> list[dict[str, Any]]:
    """Return a message as CloudEvents, one per event of an alert; else one for the message."""
    if not message.events or message.kind == "backfill":
        word = "test" if message.is_test else message.kind
        data = {"title": message.title, "text": message.text}
        return [_cloud_event(message.id, "lake", f"delivery.{word}", message.at, data)]
    return [
        {
            **_cloud_event(
                str(event_uuid(one)),
                one.source,
                f"alert.{one.kind}",
                one.recorded_at,
                event_document(one),
            ),
            "subject": subject(one),
            "dataschema": SCHEMA,
        }
        for one in message.events
    ]


def _cloud_event(
    name: str, source: str, kind: str, at: datetime, data: dict[str, Any]
) -> dict[str, Any]:
    return {
        "specversion": "1.0",
        "id": name,
        "source": f"/vaxwatch/{source}",
        "type": f"org.vaxwatch.{kind}.v1",
        "time": at.astimezone(UTC).isoformat(),
        "datacontenttype": "application/json",
        "data": data,
    }


def subject(one: NumberedEvent) -> str:
    """Return what an alert is about as a path: the dataset, then the values of its key."""
    return "/".join([one.alert.dataset, *one.alert.key.values()])


def alertmanager_webhooks(message: Rendered, *, receiver: str) -> list[tuple[str, dict[str, Any]]]:
    """Return a message as Alertmanager's webhook sends it: one payload, or one per alert.

    Each with the key by which a repeat is known. A group with its parts is one; alerts that happen
    to share a message, such as those that are still open, are one each. All payloads about one
    alert have the same `groupKey`, by which its end closes what its beginning opened.
    """
    events: Sequence[NumberedEvent] = () if message.kind == "backfill" else message.events
    if not events:
        labels = {"alertname": f"vaxwatch-{'test' if message.is_test else message.kind}"}
        alert = _alert_of(labels, {"summary": message.title}, message.at, message.id)
        return [(message.id, _webhook(message, receiver, message.id, [alert]))]
    bundles = [events] if message.kind == "alert" else [(one,) for one in events]
    found: list[tuple[str, dict[str, Any]]] = []
    for bundle in bundles:
        name = bundle[0].alert.fingerprint
        key = message.id if len(bundles) == 1 else f"{message.id}-{name[:16]}"
        found.append((key, _webhook(message, receiver, name, [_alert(one) for one in bundle])))
    return found


def _webhook(
    message: Rendered, receiver: str, group: str, alerts: list[dict[str, Any]]
) -> dict[str, Any]:
    """Return one payload; resolved if all of its alerts are."""
    return {
        "version": "4",
        "groupKey": f"vaxwatch/{receiver}:{group}",
        "truncatedAlerts": 0,
        "status": "firing" if any(one["status"] == "firing" for one in alerts) else "resolved",
        "receiver": receiver,
        "groupLabels": {},
        "commonLabels": _shared([one["labels"] for one in alerts]),
        "commonAnnotations": _shared([one["annotations"] for one in alerts]),
        "externalURL": message.lake,
        "alerts": alerts,
    }


def _alert(one: NumberedEvent) -> dict[str, Any]:
    alert, event = one.alert, one.alert.event
    labels = {
        "alertname": alert.rule,
        "severity": event.severity,
        "source": one.source,
        "dataset": alert.dataset,
        **({"column": alert.column} if alert.column else {}),
        **{name: printable(value) for name, value in alert.key.items()},
    }
    annotations = {
        "summary": printable(event.sentence),
        "confidence": event.confidence,
        "event": one.kind,
        "runbook": f"docs/rules.md#{alert.rule.lower()}",
    }
    ended = one.recorded_at if one.kind in ENDS else None
    first_seen = event.evidence.get("first_seen")
    began = datetime.fromisoformat(first_seen) if first_seen else event.as_of
    found = _alert_of(labels, annotations, began, alert.fingerprint, ended=ended)
    return {**found, "generatorURL": one.page}


def _alert_of(
    labels: dict[str, str],
    annotations: dict[str, str],
    began: datetime,
    fingerprint: str,
    *,
    ended: datetime | None = None,
) -> dict[str, Any]:
    return {
        "status": "resolved" if ended else "firing",
        "labels": labels,
        "annotations": annotations,
        "startsAt": began.astimezone(UTC).isoformat(),
        "endsAt": ended.astimezone(UTC).isoformat() if ended else NEVER,
        "generatorURL": "",
        "fingerprint": fingerprint[:16],
    }


def _shared(labels: list[dict[str, str]]) -> dict[str, str]:
    """Return what all of several sets of labels have."""
    return {
        name: value
        for name, value in labels[0].items()
        if all(other.get(name) == value for other in labels)
    }
