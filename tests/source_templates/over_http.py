"""Publisher subject over HTTP: a server on this machine sends the rows of its example, or a fault.

Replace nothing here; where the real service does more than this server (codes, filters, a login),
add a test of your own.
"""

import pytest
from pytest_httpserver import HTTPServer

from tests import source_servers

NAME = "publisher_subject"


def test_the_server_sends_what_the_example_has(httpserver: HTTPServer) -> None:
    """All that belongs to the table is requested, and every row comes once."""
    url = source_servers.file_server(httpserver, NAME)
    fetched, expected = source_servers.tables_at(NAME, url), source_servers.tables_in_fixture(NAME)
    assert all(fetched[table].equals(rows) for table, rows in expected.items())


@pytest.mark.parametrize("fault", source_servers.FAULTS)
def test_a_fault_of_the_server_publishes_nothing(httpserver: HTTPServer, fault: str) -> None:
    """What is no table is refused, and a part of one is never taken for the whole."""
    url = source_servers.file_server(httpserver, NAME, source_servers.FAULTS[fault])
    with pytest.raises(source_servers.REFUSED):
        source_servers.tables_at(NAME, url)
