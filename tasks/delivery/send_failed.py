"""What all senders share: the error of a try that failed, and the header with a message's id."""

from typing import Final

from schemas.errors import Transient

KEY: Final = "Idempotency-Key"
"""The header with the id of a message, the same at every try."""


class SendFailed(Transient):
    """A message was not accepted. The text gives the reason, without secrets."""
