"""Senders: the last mile of one message. Each is called once per try; retries are the outbox's."""

from collections.abc import Callable
from urllib.parse import urlsplit

import httpx

from tasks.delivery.addresses import without_secrets
from tasks.delivery.machine_payloads import alertmanager_webhook, cloud_events
from tasks.delivery.message_text import Rendered
from tasks.delivery.send_failed import KEY, SendFailed
from tasks.delivery.targets import CLOUDEVENTS, Target, is_machine
from tasks.vault.own_hash import encode

SECONDS = 10.0
"""The longest silence of a receiver of webhooks."""
Send = Callable[[Target, str, Rendered], None]
"""Sends a message to the address of a target. Raises SendFailed."""


def send(target: Target, address: str, message: Rendered) -> None:
    """Send a message: to programs by HTTP, to people by apprise. Raises SendFailed."""
    try:
        if is_machine(address):
            _post(target, address, message)
        else:
            from tasks.delivery.apprise_sender import notify  # noqa: PLC0415 (it costs 0.4 s)

            notify(address, message)
    except SendFailed as error:
        raise SendFailed(without_secrets(str(error), address)) from None


def _post(target: Target, address: str, message: Rendered) -> None:
    scheme, url = urlsplit(address).scheme, address.partition("+")[2]
    if scheme in CLOUDEVENTS:
        kind = "application/cloudevents+json"
        bodies = [(event["id"], encode(event)) for event in cloud_events(message)]
    else:
        payload = alertmanager_webhook(message, receiver=target.name)
        kind, bodies = "application/json", [(message.id, encode(payload))]
    try:
        with httpx.Client(timeout=SECONDS) as client:
            for name, body in bodies:
                headers = {"content-type": kind, KEY: name}
                with client.stream("POST", url, content=body, headers=headers) as answer:
                    if not answer.is_success:
                        raise SendFailed(f"HTTP status {answer.status_code}")
    except (httpx.HTTPError, httpx.InvalidURL, UnicodeError) as error:
        raise SendFailed(f"{type(error).__name__}: {error}") from None
