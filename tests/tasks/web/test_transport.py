"""Whose turn it is: with a clock that stands still unless somebody sleeps."""

from threading import Thread

import pytest

from tasks.web.transport import Hosts

FAR = 1e9


class Clock:
    """A clock that only sleeping moves."""

    def __init__(self) -> None:
        self.now, self.slept = 100.0, list[float]()

    def __call__(self) -> float:
        """Return the seconds."""
        return self.now

    def sleep(self, seconds: float) -> None:
        """Let the clock go on."""
        self.slept.append(seconds)
        self.now += seconds


def visit(hosts: Hosts, host: str) -> None:
    """Ask a host once, at once."""
    hosts.take(host, until=FAR)
    hosts.leave(host)


def test_requests_to_one_host_are_a_pause_apart() -> None:
    """The first goes at once, each further one waits for what is left of the pause."""
    clock = Clock()
    hosts = Hosts(clock=clock, sleep=clock.sleep)
    visit(hosts, "example.org")
    clock.now += 0.25
    visit(hosts, "example.org")
    visit(hosts, "example.org")
    assert clock.slept == [0.75, 1.0]


def test_hosts_do_not_wait_for_each_other() -> None:
    """Politeness is owed to each by itself."""
    clock = Clock()
    hosts = Hosts(clock=clock, sleep=clock.sleep)
    for host in ("a.example.org", "b.example.org"):
        visit(hosts, host)
    assert clock.slept == []


def test_the_archive_of_old_pages_is_asked_24_times_a_minute() -> None:
    """More would have it shut us out."""
    clock = Clock()
    hosts = Hosts(clock=clock, sleep=clock.sleep)
    began = clock.now
    for _ in range(25):
        visit(hosts, "web.archive.org")
    assert clock.now - began == pytest.approx(60)


def test_a_server_on_this_machine_needs_no_pause() -> None:
    """Nobody is to be spared there."""
    clock = Clock()
    hosts = Hosts(clock=clock, sleep=clock.sleep)
    for host in ("localhost", "127.0.0.1", "127.0.0.1"):
        visit(hosts, host)
    assert clock.slept == []


def test_a_host_that_asks_for_rest_gets_it_from_all() -> None:
    """A longer rest is not shortened by the usual pause."""
    clock = Clock()
    hosts = Hosts(clock=clock, sleep=clock.sleep)
    visit(hosts, "example.org")
    hosts.rest("example.org", 30.0)
    visit(hosts, "example.org")
    assert clock.slept == [30.0]


def test_nobody_waits_beyond_his_deadline() -> None:
    """A turn that would come too late is refused at once, and the host stays free."""
    clock = Clock()
    hosts = Hosts(clock=clock, sleep=clock.sleep)
    hosts.rest("example.org", 30.0)
    with pytest.raises(TimeoutError, match="left alone for 30 s"):
        hosts.take("example.org", until=clock.now + 29)
    visit(hosts, "example.org")


def test_one_host_is_asked_by_one_at_a_time() -> None:
    """A second thread waits until the first has its answer."""
    hosts, order = Hosts(pause=0.0), list[str]()
    hosts.take("example.org", until=FAR)
    with pytest.raises(TimeoutError, match="asked by others"):
        hosts.take("example.org", until=0.0)

    def other() -> None:
        hosts.take("example.org", until=FAR)
        order.append("other")
        hosts.leave("example.org")

    thread = Thread(target=other)
    thread.start()
    order.append("first")
    hosts.leave("example.org")
    thread.join()
    assert order == ["first", "other"]
