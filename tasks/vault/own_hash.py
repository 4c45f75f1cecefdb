"""JSON documents that carry a hash of their own content, so that damage to them is found."""

import hashlib
import json
from collections.abc import Mapping
from typing import Any, Final

from schemas.errors import Damaged

Document = Mapping[str, Any]
FORMAT: Final = 2
"""Of documents with a hash. Those of format 1, or without one, have none and are still read."""
HASH: Final = "content_sha256"


def encode(document: Document) -> bytes:
    """Return the canonical bytes of a JSON document: sorted keys, no spaces, UTF-8.

    >>> encode({"b": 1, "a": None})
    b'{"a":null,"b":1}'
    """
    text = json.dumps(document, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return text.encode()


def with_hash(document: Document) -> dict[str, Any]:
    """Return a document with its format and the hash of its content, in place of earlier ones."""
    content = {name: value for name, value in document.items() if name != HASH}
    content["format"] = FORMAT
    return {**content, HASH: hashlib.sha256(encode(content)).hexdigest()}


def indented(document: Document) -> bytes:
    """Return a document with its hash as JSON for people, a field per line."""
    return json.dumps(with_hash(document), sort_keys=True, indent=1, ensure_ascii=False).encode()


def parsed(where: str, body: bytes) -> Document:
    """Return the document in a JSON object, with format and hash where it has them.

    Raises Damaged when it is no JSON object, of an unknown format, or not what its hash states.
    """
    try:
        document = dict(json.loads(body))
    except (ValueError, TypeError, RecursionError) as error:
        raise Damaged(where, f"no JSON object ({error})", "a JSON object") from error
    version = document.get("format", 1)
    if version not in {1, FORMAT}:
        seen = f"format {version}"
        raise Damaged(where, seen, f"format {FORMAT}, or a newer version of this software")
    has_hash = version == FORMAT or HASH in document
    if has_hash and with_hash(document)[HASH] != document.get(HASH):
        raise Damaged(where, "other content", "the content that its own hash states")
    return document
