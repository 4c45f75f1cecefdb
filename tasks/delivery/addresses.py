"""Addresses of targets and their secrets: where one comes from, and what no message may show."""

import re
from collections.abc import Mapping
from typing import Final
from urllib.parse import unquote, urlsplit

from schemas.errors import WrongUse, short
from schemas.redaction import redacted, redacted_address
from schemas.wording import printable
from tasks.delivery.targets import Target, is_machine

SHORTEST: Final = 4
"""Letters of a part of an address that is hidden; shorter ones would hide ordinary text."""
LONGEST: Final = 200
"""Letters of an error that are recorded."""
HIDDEN: Final = "***"


def address_of(target: Target, environment: Mapping[str, str]) -> str:
    """Return the address of a target: its `url`, or what the variable `url_env` holds.

    Raises WrongUse, without the address in it: the variable is not set, or it is no address.
    """
    address = target.url or environment.get(target.url_env, "").strip()
    if not address:
        raise WrongUse(
            f"Target {target.name}: the environment variable {target.url_env} is not set; expected "
            f"the address to send to. Set it where this runs."
        )
    if not re.match(r"[A-Za-z][\w.+-]*://\S", address):
        raise WrongUse(
            f"Target {target.name}: {'its url' if target.url else target.url_env} is no address; "
            f"expected one such as mailtos://user:password@example.org or "
            f"alertmanager+https://example.org/hook."
        )
    return address


def require_usable(target: Target, address: str) -> None:
    """Raise WrongUse where an address cannot be sent to, or shows a secret in the file.

    What is secret in the address of a service, apprise knows.
    """
    if is_machine(address):
        if not _is_web(address.partition("+")[2]):
            raise WrongUse(
                f"Target {target.name}: what follows the + of its address is no web address; "
                f"expected one such as alertmanager+https://example.org/hook."
            )
        return
    from tasks.delivery.apprise_sender import carries_secret  # noqa: PLC0415 (it costs 0.4 s)

    if carries_secret(address, target.name) and target.url:
        raise WrongUse(secret_sentence(target.name))


def secret_sentence(name: str) -> str:
    """Return why the url of a target is refused."""
    return (
        f"Target {name}: its url has a secret in it, which a file of settings must not have. Put "
        f"the address into an environment variable, name that by url_env, and take out url."
    )


def has_secret(address: str) -> bool:
    """Return whether an address shows a password, or a secret in its query.

    >>> has_secret("mailtos://me:pw@example.org"), has_secret("json://127.0.0.1:8080/in")
    (True, False)
    """
    try:
        parts = urlsplit(address)
        return bool(parts.password) or "***" in redacted_address(address)
    except ValueError:
        return True  # it is refused in any case


def without_secrets(text: str, address: str) -> str:
    """Return an error as it may be recorded: one line, no part of the address but its host.

    >>> without_secrets("POST https://h.example/hook/T0KEN failed", "slack://h.example/hook/T0KEN")
    'POST https://h.example/***/*** failed'
    """
    host = _host(address)
    _, _, rest = address.partition("://")
    pieces = {part for part in re.split(r"[/?&=:@#,;]+", rest) if len(part) >= SHORTEST}
    pieces |= {unquote(part) for part in pieces}
    for part in sorted(pieces - {host, unquote(host)}, key=len, reverse=True):
        text = text.replace(part, HIDDEN)
    return short(printable(redacted(text)), LONGEST)


def shown_address(target: Target, address: str) -> str:
    """Return what may be shown of an address: its scheme and, where it is no secret, its host."""
    scheme = address.partition("://")[0]
    if target.url or is_machine(address) or scheme in {"mailto", "mailtos", "json", "jsons"}:
        return f"{scheme}://{_host(address)}"
    return f"{scheme}://{HIDDEN}"


def _is_web(url: str) -> bool:
    try:
        parts = urlsplit(url)
        return bool(parts.hostname) and parts.port != 0 and not re.search(r"\s", url)
    except ValueError:  # brackets without an end, a port that is no number
        return False


def _host(address: str) -> str:
    try:
        return urlsplit(address).hostname or ""
    except ValueError:
        return ""
