"""Messages to programs by HTTP: one POST a message, or an event."""

from urllib.parse import urlsplit

import httpx

from tasks.delivery.machine_payloads import alertmanager_webhooks, cloud_events
from tasks.delivery.message_text import Rendered
from tasks.delivery.send_failed import KEY, SendFailed
from tasks.delivery.targets import CLOUDEVENTS, Target
from tasks.vault.own_hash import encode

SECONDS = 10.0
"""The longest silence of a receiver of webhooks."""


def post(target: Target, address: str, message: Rendered) -> None:
    """Send a message once.

    Raises SendFailed for a status other than 2xx; httpx's errors where there is no answer.
    """
    scheme, url = urlsplit(address).scheme, address.partition("+")[2]
    if scheme in CLOUDEVENTS:
        kind = "application/cloudevents+json"
        bodies = [(event["id"], encode(event)) for event in cloud_events(message)]
    else:
        kind = "application/json"
        payloads = alertmanager_webhooks(message, receiver=target.name)
        bodies = [(name, encode(payload)) for name, payload in payloads]
    with httpx.Client(timeout=SECONDS) as client:
        for name, body in bodies:
            headers = {"content-type": kind, KEY: name}
            with client.stream("POST", url, content=body, headers=headers) as answer:
                if not answer.is_success:
                    raise SendFailed(f"HTTP status {answer.status_code}")
