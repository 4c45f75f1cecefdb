"""Ways: how a table in CSV may be written, and what is done to it between a publisher and us."""

import gzip
from collections.abc import Callable


def _in(encoding: str) -> Callable[[str], bytes]:
    return lambda text: text.encode(encoding, "replace")


def _with(old: str, new: str) -> Callable[[str], bytes]:
    return lambda text: text.replace(old, new).encode()


SAME: dict[str, Callable[[str], bytes]] = {
    "UTF-8 with a mark": _in("utf-8-sig"),
    "CRLF": _with("\n", "\r\n"),
    "gzip": lambda text: gzip.compress(text.encode()),
    "a blank line at the end": lambda text: f"{text}\n\n".encode(),
}
"""Ways to write a CSV that say the same."""
OTHER: dict[str, Callable[[str], bytes]] = {
    **{name: _in(name) for name in ("latin-1", "cp1252", "utf-16", "utf-16-le", "utf-16-be")},
    **{name: _in(name) for name in ("utf-32", "utf-7", "cp037", "shift_jis")},
    "two marks": lambda text: b"\xef\xbb\xbf\xef\xbb\xbf" + text.encode(),
    "semicolons": _with(",", ";"),
    "tabs": _with(",", "\t"),
    "bars": _with(",", "|"),
    "semicolons at the start": lambda text: text.replace(",", ";", 20).encode(),
    "CR": _with("\n", "\r"),
    "blank lines": _with("\n", "\n\n"),
    "lines of commas": lambda text: (
        text + "," * text.partition("\n")[0].count(",") + "\n"
    ).encode(),
    "a quote left open": lambda text: text.replace("\n", '\n"', 1).encode(),
    "a quote left open at the end": lambda text: (text + '"').encode(),
    "quotes of a word processor": _with('"', "\N{LEFT DOUBLE QUOTATION MARK}"),
    "a zero byte": lambda text: text[:-9].encode() + b"\0" + text[-9:].encode(),
    "zero bytes in the header": lambda text: b"\0" + text.encode(),
    "broken bytes": lambda text: text.encode()[:-9] + b"\xc3\x28\xff" + text.encode()[-9:],
    "cut in the last row": lambda text: text[: text.rstrip().rindex(",")].encode(),
    "cut in the middle": lambda text: text[: len(text) // 2].encode(),
    "a title above": lambda text: f"Table 1. As of today\n\n{text}".encode(),
    "a note below": lambda text: f"{text}\nSource: WHO.\n".encode(),
    "sep= above": lambda text: f"sep=,\n{text}".encode(),
    "the header only": lambda text: text.partition("\n")[0].encode(),
    "twice, one below the other": lambda text: f"{text}\n{text}".encode(),
    "a column more in one row": lambda text: f"{text.rstrip()},more\n".encode(),
    "a very long cell": lambda text: text.replace("\n", "\n" + "x" * 200_000, 1).encode(),
    "a comma for the point": _with(".", ","),
    "a web page": lambda text: f"<html><body><pre>{text}</pre></body></html>".encode(),
    "nothing": lambda _: b"",
    "blanks": lambda _: b" \n\n ",
}
"""What is done to a CSV on its way; it may be read for what it says, or be refused."""
