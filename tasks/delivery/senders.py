"""Senders: the last mile of one message. Each is called once per try; retries are the outbox's."""

from collections.abc import Callable

from schemas.errors import WrongUse
from tasks.delivery.addresses import without_secrets
from tasks.delivery.message_text import Rendered
from tasks.delivery.send_failed import SendFailed
from tasks.delivery.targets import Target, is_machine

Send = Callable[[Target, str, Rendered], None]
"""Sends a message to the address of a target. Raises SendFailed."""


def send(target: Target, address: str, message: Rendered) -> None:
    """Send a message: to programs by HTTP, to people by apprise.

    Raises SendFailed; WrongUse, where the address cannot be read.
    """
    try:
        if is_machine(address):
            from tasks.delivery.webhook_sender import post  # noqa: PLC0415 (the HTTP client)

            post(target, address, message)
        else:
            from tasks.delivery.apprise_sender import notify  # noqa: PLC0415 (it costs 0.4 s)

            notify(address, message)
    except WrongUse:
        raise
    except SendFailed as error:
        raise SendFailed(without_secrets(str(error), address)) from None
    except Exception as error:  # noqa: BLE001 (whatever a library raises is a failed try of this one target)
        reason = f"{type(error).__name__}: {error}"
        raise SendFailed(without_secrets(reason, address)) from None
