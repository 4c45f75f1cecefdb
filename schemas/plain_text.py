"""Text for people: harmless in a terminal and a log, and lists that say what they leave out."""

from collections.abc import Sequence
from typing import Final

MOST: Final = 20
"""Names that a sentence lists."""


def printable(text: str) -> str:
    r"""Return text without characters that act on a terminal or hide: each is written as an escape.

    Such are control characters (C0, C1, ESC), marks of direction (U+202E and its like), characters
    without width, and halves of characters. A line break or a tab becomes a space. To be applied to
    all text from outside (cells, addresses, file names, errors) that a person sees.

    >>> printable("a\x1b[31m\u202eb\nc")
    'a\\x1b[31m\\u202eb c'
    """
    if text.isprintable():
        return text
    return "".join(map(_printable, text))


def _printable(character: str) -> str:
    if character.isprintable():
        return character
    if character.isspace():
        return " "
    return character.encode("unicode_escape").decode("ascii")


def listed(names: Sequence[str], most: int = MOST) -> str:
    """Return names in a row; those beyond the first `most` are counted.

    >>> listed(["a", "b"]), listed(["a", "b", "c", "d"], 2), listed([])
    ('a, b', 'a, b and 2 more', 'none yet')
    """
    if not names:
        return "none yet"
    more = f" and {len(names) - most:,} more" if len(names) > most else ""
    return ", ".join(names[:most]) + more
