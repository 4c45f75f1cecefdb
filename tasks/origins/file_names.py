"""Names of files in a folder of snapshots: the time with which they begin, and what is none."""

import re
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

from schemas.errors import WrongUse
from schemas.records import utc

MANIFEST = "_manifest.json"
NO_SNAPSHOT = (".", "_")
"""How names of files begin that are no snapshots: the system's, and notes on the folder."""
BY_HAND = "vaxwatch ingest {} --file {} --retrieved-at TIME"
DAY = re.compile(r"(\d{4})-(\d{2})-(\d{2})(?!\d|T\d)()")
INSTANT = re.compile(
    r"(\d{4})-?(\d{2})-?(\d{2})"
    r"(?:T|[ _](?=\d{2}[:-]\d{2}|(?:[01]\d|2[0-3])(?:[0-5]\d){2}(?!\d)))"
    r"(\d{2})[:-]?(\d{2})(?:[:-]?(\d{2}))?"
    r"(Z|[+-](?:0\d|1[0-4]):?[0-5]\d(?!\w))?(?!\d)"
)
"""A day and a time, then its zone. Behind a blank or `_`, four digits alone may be no time."""
COPY = re.compile(r"\(\d+\)(\.\w+)*$")
"""How a browser names a second file of one name."""
UNFINISHED = re.compile(r"(~|\.(part|crdownload|download|tmp|bak|swp|orig))$", re.IGNORECASE)
"""How names of downloads that are not complete end, and of copies that editors keep."""


def why_not(source: str, path: Path) -> str:
    """Return why what a folder has is no snapshot; an empty text where it is one."""
    name = path.name
    reasons = {
        "hidden, or marked as no snapshot by its first character": name.startswith(NO_SNAPSHOT),
        "a folder; files directly inside of the given one are read": path.is_dir(),
        "no file, or a link to nothing": not path.is_file(),
        "an unfinished download, or a copy that an editor keeps": bool(UNFINISHED.search(name)),
        "a second copy, as a browser numbers it": bool(COPY.search(name)),
    }
    for reason, holds in reasons.items():
        if holds:
            return reason
    try:
        time_in_name(source, path)
    except WrongUse:
        return f"no time at the beginning of its name; by hand: {BY_HAND.format(source, 'PATH')}"
    return ""


def time_in_name(source: str, path: Path) -> datetime:
    """Return the time with which a file's name begins. Raises WrongUse when it begins otherwise.

    >>> time_in_name("who_cases", Path("20220622T060000Z-1a2b3c4d.csv")).isoformat()
    '2022-06-22T06:00:00+00:00'
    >>> time_in_name("who_cases", Path("2021-03-17T053715Z.csv")).isoformat()
    '2021-03-17T05:37:15+00:00'
    >>> time_in_name("who_cases", Path("2021-03-17 05:37+02:00.csv")).isoformat()
    '2021-03-17T03:37:00+00:00'
    """
    found = INSTANT.match(path.name) or DAY.match(path.name)
    with suppress(ValueError):
        if found:
            *figures, zone = found.groups("")
            at = datetime(*map(int, filter(None, figures)), tzinfo=UTC)
            return utc(at.replace(tzinfo=datetime.strptime(zone or "Z", "%z").tzinfo))
    raise WrongUse(
        f"{source}: the time of {path} is unknown; expected committed_at in {MANIFEST} or a "
        f"name that begins with YYYY-MM-DD. Give it by hand: {BY_HAND.format(source, path)}"
    )
