"""Redaction: addresses without their secrets, for messages, evidence and tables.

Secret are user and password before a host, and what stands in a query under a name such as `token`,
`key` or `signature`, also inside of an address that is itself part of a query.
"""

import re
from typing import Final
from urllib.parse import unquote_plus, urlsplit

HIDDEN: Final = "***"
USERINFO: Final = re.compile(r"(?<=[:/]/)[^\s/?#]*@")
QUERY: Final = re.compile(r"[?#][^\s\"<>]*")
NAME: Final = re.compile(r"(?:^|[?#;])([^=?#;]*)=")
SECRET: Final = re.compile(
    r"pass(word|wd|phrase|code)?$|pwd|token|secret|credential|signature|auth|jwt|hmac|session"
    r"|key(.{0,6}id)?$|^(.*[^a-z])?(pw|sig|sas|sid|user|username|login|code|policy|nonce)$",
    re.IGNORECASE,
)
"""Names of what must stay secret."""


def redacted(text: str) -> str:
    """Return a text with the secrets of the addresses in it hidden; all else stays.

    >>> redacted("https://me:pw@example.org/a.csv?day=1&sig=4%2Fx")
    'https://example.org/a.csv?day=1&sig=***'
    """
    text = USERINFO.sub("", text)
    return QUERY.sub(lambda found: "&".join(map(_part, found[0].split("&"))), text)


def redacted_address(url: str) -> str:
    """Return one address without its secrets, also where it is no valid one.

    >>> redacted_address("http://me:a/b@example.org")
    'http://example.org'
    """
    try:
        _ = urlsplit(url).port
    except ValueError:
        url = re.sub("//.*@", "//", url)  # who knows where its password ends
    return redacted(url)


def _part(part: str) -> str:
    """Return one `name=value` of a query."""
    for found in NAME.finditer(part):
        if SECRET.search(unquote_plus(found[1])):
            rest = part[found.end() :]
            return part if rest.startswith(HIDDEN) else part[: found.end()] + HIDDEN
    plain = unquote_plus(part)
    if plain == part or redacted(plain) == plain:
        return part
    return f"{part.partition('=')[0]}={HIDDEN}"
