"""Parsing of times as users write them: an instant, a date or a vintage's id."""

import re
from datetime import UTC, date, datetime, time

from schemas.errors import WrongUse
from schemas.records import utc

ID = re.compile(r"\d{8}T\d{6}(\.\d{6})?Z-[0-9a-f]{8}")


def is_id(text: str) -> bool:
    """Return whether the text is a vintage's id.

    >>> is_id("20220622T060000Z-1a2b3c4d"), is_id("2022-06-22")
    (True, False)
    """
    return ID.fullmatch(text) is not None


def parse_time(text: str) -> datetime:
    """Return the instant (UTC) that a text means; a bare date means the end of that day.

    Raises WrongUse when it is neither a date nor an instant.

    >>> parse_time("2022-02-10").isoformat()
    '2022-02-10T23:59:59.999999+00:00'
    >>> parse_time("2022-02-10T06:00+09:00").isoformat()
    '2022-02-09T21:00:00+00:00'
    """
    try:
        if re.fullmatch(r"\d{4}-\d{2}-\d{2}|\d{8}", text):
            return datetime.combine(date.fromisoformat(text), time.max, tzinfo=UTC)
        return utc(datetime.fromisoformat(text))
    except ValueError:
        raise WrongUse(
            f"'{text}' is no time; expected a date (2022-02-10, its end is meant), "
            f"an instant (2022-02-10T06:00Z), a vintage's id or 'latest'. "
            f"`vaxwatch vintages` lists what there is."
        ) from None


def instant(text: str) -> datetime:
    """Return the instant (UTC) that a text means; a bare date means the beginning of that day.

    Raises WrongUse when it is neither a date nor an instant.

    >>> instant("2022-02-10").isoformat()
    '2022-02-10T00:00:00+00:00'
    """
    try:
        at = parse_time(text)
    except WrongUse:
        raise WrongUse(
            f"'{text}' is no time; expected a date (2022-02-10, 00:00Z is meant) "
            f"or an instant (2022-02-10T06:00Z)."
        ) from None
    return at.replace(hour=0, minute=0, second=0, microsecond=0) if at.time() == time.max else at
