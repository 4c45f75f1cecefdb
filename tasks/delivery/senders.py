"""Senders: the last mile of one message. Each is called once per try; retries are the outbox's."""

from collections.abc import Callable
from functools import partial
from queue import Empty, SimpleQueue
from threading import Thread
from typing import Final

from schemas.errors import WrongUse
from tasks.delivery.addresses import without_secrets
from tasks.delivery.message_text import Rendered
from tasks.delivery.send_failed import SendFailed
from tasks.delivery.targets import Target, is_machine

Send = Callable[[Target, str, Rendered], None]
"""Sends a message to the address of a target. Raises SendFailed."""


AT_MOST: Final = 300.0
"""Seconds for one try, half of a lease: a receiver that answers a byte now and then ends no read of
a library by its time-out, and would hold up the run for ever."""


def send(target: Target, address: str, message: Rendered) -> None:
    """Send a message: to programs by HTTP, to people by apprise.

    Raises SendFailed; WrongUse, where the address cannot be read.
    """
    try:
        _within(AT_MOST, partial(_send, target, address, message))
    except WrongUse:
        raise
    except SendFailed as error:
        raise SendFailed(without_secrets(str(error), address)) from None
    except Exception as error:  # noqa: BLE001 (whatever a library raises is a failed try of this one target)
        reason = f"{type(error).__name__}: {error}"
        raise SendFailed(without_secrets(reason, address)) from None


def _send(target: Target, address: str, message: Rendered) -> None:
    if is_machine(address):
        from tasks.delivery.webhook_sender import post  # noqa: PLC0415 (the HTTP client)

        post(target, address, message)
    else:
        from tasks.delivery.apprise_sender import notify  # noqa: PLC0415 (it costs 0.4 s)

        notify(address, message)


def _within(seconds: float, act: Callable[[], None]) -> None:
    """Do something for at most so long, in a thread that is left alone then; raise what it does.

    Raises SendFailed where it did not end.
    """
    outcomes: SimpleQueue[Exception | None] = SimpleQueue()

    def run() -> None:
        try:
            act()
        except Exception as error:  # noqa: BLE001 (it is raised by the caller's thread)
            outcomes.put(error)
        else:
            outcomes.put(None)

    Thread(target=run, daemon=True, name="vaxwatch-send").start()
    try:
        error = outcomes.get(timeout=seconds)
    except Empty:
        raise SendFailed(f"no end within {seconds:g} seconds") from None
    if error:
        raise error
