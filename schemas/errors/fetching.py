"""Errors of pages, bodies and web archives."""

from schemas.errors.families import Permanent, Transient, WrongUse, short


class BadBody(Permanent):
    """A body is not what its source publishes: empty, a web page, damaged or cut off."""

    def __init__(self, where: str, seen: str, expected: str, next_step: str) -> None:
        super().__init__(where, seen, expected, next_step)
        self.where, self.seen, self.expected, self.next_step = where, seen, expected, next_step

    def __str__(self) -> str:
        """Return the sentence for the person on call."""
        return f"{self.where}: seen {short(self.seen)}; expected {self.expected}. {self.next_step}"


class FetchRefused(Permanent):
    """The publisher's server gave a response that will not change (a 404, a login page)."""

    def __init__(self, url: str, seen: str) -> None:
        super().__init__(url, seen)
        self.url, self.seen = url, seen

    def __str__(self) -> str:
        """Return the sentence for the person on call."""
        return (
            f"{self.url}: {self.seen}; expected the source's file with status 200. "
            f"It was not asked again. Look whether the page has moved, "
            f"then set its address in vaxwatch.toml."
        )


class FetchFailed(Transient):
    """The publisher's server could not be reached, or is out of order for now."""

    def __init__(self, url: str, seen: str) -> None:
        super().__init__(url, seen)
        self.url, self.seen = url, seen

    def __str__(self) -> str:
        """Return the sentence for the person on call."""
        return f"{self.url}: {self.seen}; expected an answer. Nothing was changed; try again later."


class ArchiveAway(Permanent):
    """A web archive refuses requests and blocks clients that go on; a person decides when to."""

    def __init__(self, archive: str, seen: str) -> None:
        super().__init__(archive, seen)
        self.archive, self.seen = archive, seen

    def __str__(self) -> str:
        """Return the sentence for the person on call."""
        return (
            f"{self.archive}: {self.seen}; expected an answer. It is not asked again in this run, "
            f"as it blocks those who go on. What came before is kept; run the same command in an "
            f"hour, and it goes on from there."
        )


class NothingListed(Transient):
    """A web archive lists no capture of a page, which it also does when it is overloaded."""

    def __init__(self, url: str, archive: str, seen: str) -> None:
        super().__init__(url, archive, seen)
        self.url, self.archive, self.seen = url, archive, seen

    def __str__(self) -> str:
        """Return the sentence for the person on call."""
        return (
            f"{self.url}: {self.archive} lists {self.seen}; expected at least one of this page in "
            f"the time asked for. That may be so, but overloaded archives say it too: look at "
            f"{self.archive}/web/*/{self.url} and try again later. Nothing was changed."
        )


class ByHand(WrongUse):
    """The address of a source is a page for people; the text says how to get its file."""

    def __init__(self, source: str, url: str, by_hand: str) -> None:
        super().__init__(source, url, by_hand)
        self.source, self.url, self.by_hand = source, url, by_hand

    def __str__(self) -> str:
        """Return the sentence for the person on call."""
        return (
            f"{self.source}: {self.url} is a page for people; expected the address of a table. "
            f"{self.by_hand} Then: vaxwatch ingest {self.source} --file PATH --retrieved-at TIME"
        )
