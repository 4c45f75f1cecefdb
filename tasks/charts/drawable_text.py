"""Text for a PNG: names in scripts that the renderer has no font for, as words that it can draw.

Promises: what is drawn does not depend on the fonts of the machine. Two names stay two. Everything
that is text in other formats (SVG, pages, feeds) has the names as published.
"""

import hashlib
import json
import re
from collections.abc import Mapping
from typing import Any, Final

DRAWN: Final = "\u0000-\u052f\u1e00-\u2bff\u2c60-\u2c7f\ua720-\ua7ff\ufb00-\ufb06\ufffd"
"""Latin, Greek and Cyrillic letters, punctuation, signs, arrows."""
NAME: Final = re.compile(f"[^{DRAWN}]+(?:[ \u00a0\u00b7.,-]{{1,2}}[^{DRAWN}]+)*")
DIGITS: Final = 4


def drawable(text: str) -> str:
    r"""Return text with a note and a code, of four digits, for each name in another script.

    >>> drawable("Comirnaty → \uc544\uc2a4\ud2b8\ub77c \uc81c\ub124\uce74 (KOR)")
    'Comirnaty → [name in another script, dc35] (KOR)'
    """
    return text if text.isascii() else NAME.sub(_noted, text)


def with_drawable_text(described: Mapping[str, Any]) -> dict[str, Any]:
    """Return the description of a chart, which can be JSON, with all its texts drawable."""
    return json.loads(drawable(json.dumps(described, ensure_ascii=False)))


def _noted(name: re.Match[str]) -> str:
    code = hashlib.sha256(name[0].encode()).hexdigest()[:DIGITS]
    return f"[name in another script, {code}]"
