"""An SMTP server on loopback for tests, which can misbehave."""

import socket
import socketserver
import threading
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from typing import Any


@dataclass
class MailServer:
    """What came, and how the next connections go.

    `faults`: 'refuse recipient', 'refuse data', 'cut in data', 'cut after data' (accepted, but no
    answer), or 'silence'; further connections go well.
    """

    port: int = 0
    faults: list[str] = field(default_factory=list[str])
    mails: list[EmailMessage] = field(default_factory=list[EmailMessage])
    recipients: list[list[str]] = field(default_factory=list[list[str]])

    @property
    def url(self) -> str:
        """The address of a target whose mails come here."""
        return (
            f"mailto://127.0.0.1:{self.port}/?mode=insecure&smtp=127.0.0.1&cto=1"
            "&from=vaxwatch@example.org&to=desk@example.org"
        )


class _Connection(socketserver.StreamRequestHandler):
    def handle(self) -> None:  # noqa: C901 (one branch per verb)
        server: Any = self.server
        state: MailServer = server.state
        fault = state.faults.pop(0) if state.faults else ""
        self._answer("220 test")
        recipients: list[str] = []
        while line := self.rfile.readline().decode().strip():
            verb = line.upper()
            if fault == "silence":
                server.stopped.wait(30)
                return
            if verb.startswith("RCPT"):
                recipients.append(line.partition("<")[2].partition(">")[0])
                self._answer("550 no such user" if fault == "refuse recipient" else "250 ok")
            elif verb.startswith("EHLO"):
                self._answer("250-test")
                self._answer("250 AUTH PLAIN")
            elif verb.startswith("AUTH"):
                self._answer("235 welcome")
            elif verb == "DATA":
                if not self._data(state, recipients, fault):
                    return
            elif verb == "QUIT":
                self._answer("221 bye")
                return
            else:
                self._answer("250 ok")

    def _data(self, state: MailServer, recipients: list[str], fault: str) -> bool:
        self._answer("354 go on")
        if fault == "cut in data":
            self.rfile.readline()
            self.connection.shutdown(socket.SHUT_RDWR)
            return False
        body = b""
        while (line := self.rfile.readline()) != b".\r\n":
            body += line[1:] if line.startswith(b".") else line
        if fault == "refuse data":
            self._answer("451 try later")
            return True
        state.mails.append(message_from_bytes(body, policy=default))  # pyright: ignore[reportArgumentType]
        state.recipients.append(recipients)
        if fault == "cut after data":
            self.connection.shutdown(socket.SHUT_RDWR)
            return False
        self._answer("250 accepted")
        return True

    def _answer(self, text: str) -> None:
        self.wfile.write(f"{text}\r\n".encode())


class _Server(socketserver.ThreadingTCPServer):
    daemon_threads = True
    allow_reuse_address = True

    def __init__(self, state: MailServer) -> None:
        super().__init__(("127.0.0.1", 0), _Connection)
        self.state, self.stopped = state, threading.Event()


@contextmanager
def mail_server() -> Generator[MailServer]:
    """Run the server as long as the context lasts."""
    state = MailServer()
    with _Server(state) as server:
        state.port = server.server_address[1]
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            yield state
        finally:
            server.stopped.set()
            server.shutdown()
            thread.join()
