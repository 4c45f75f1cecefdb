"""Errors as sentences for people, without the secrets of addresses."""

from schemas.errors import StoreUnavailable, VaxwatchError
from schemas.redaction import redacted


def sentence(error: BaseException) -> str:
    """Return an error as a sentence for a person, without the secrets of addresses.

    >>> sentence(ValueError("odd"))
    'unforeseen ValueError: odd. Run the same command with --debug and report what it shows.'
    """
    if isinstance(error, VaxwatchError):
        return redacted(str(error))
    if isinstance(error, OSError) and error.strerror:
        return str(StoreUnavailable(str(error.filename or "The operating system"), error.strerror))
    unforeseen = f"unforeseen {type(error).__name__}: {redacted(str(error))}".rstrip(".")
    return f"{unforeseen}. Run the same command with --debug and report what it shows."
