"""A clock that a test moves, in place of the seconds that requests take."""

from tasks.web.transport import Hosts


class Clock:
    """Counts the seconds that a test lets pass; those that somebody would have slept in `slept`."""

    def __init__(self) -> None:
        self.now = 1_000.0
        self.slept: list[float] = []

    def __call__(self) -> float:
        """Return the seconds, as `time.monotonic` does."""
        return self.now

    def advance(self, seconds: float) -> None:
        """Let time pass."""
        self.now += seconds

    def sleep(self, seconds: float) -> None:
        """Note a wait and let its time pass."""
        self.slept.append(seconds)
        self.advance(seconds)

    def hosts(self) -> Hosts:
        """Return turns of hosts that go by this clock."""
        return Hosts(clock=self, sleep=self.sleep)
