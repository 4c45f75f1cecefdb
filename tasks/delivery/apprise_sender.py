"""Messages to people by apprise: mail, chat, telephone, webhooks; one address per call.

Mail is composed here, since apprise gives each try another Message-ID; apprise reads the address
and speaks SMTP.
"""

import logging
import re
from collections.abc import Generator
from contextlib import contextmanager
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from typing import Any, Final

import apprise
from apprise import OverflowMode
from apprise.attachment.memory import AttachMemory
from apprise.plugins.email.base import NotifyEmail
from apprise.plugins.email.smtp import AppriseSMTPController

from schemas.errors import WrongUse
from tasks.delivery.message_text import Rendered
from tasks.delivery.send_failed import KEY, SendFailed

APPRISE: Final[Any] = apprise  # whose functions are typed in part
SENDER: Final = "vaxwatch"
UNFOLDED: Final = SMTP.clone(max_line_length=900)
"""Headers of one line each: a subject that is broken within encoded words gains blanks."""
PICTURE: Final = "alert.png"
PARTS_FROM: Final = 500
"""Characters of a message from which on a service gets a longer text in several; others (SMS) get
its beginning, which is the title."""
MENTION: Final = re.compile(r"@(?=\w)")
"""What calls people in a chat, such as @everyone in a name from a source."""
REASONS: Final = 2
"""Sentences of apprise's log, the last ones, that an error quotes."""


def plugin_of(address: str, name: str = "") -> Any:
    """Return apprise's reading of the address of a target, whose `name` begins an error.

    Raises WrongUse, without the address in the text.
    """
    with _captured_log():
        asset = APPRISE.AppriseAsset(app_id=SENDER, app_desc=SENDER, app_url="")
        plugin = APPRISE.Apprise.instantiate(address, asset=asset, suppress_exceptions=True)
    if plugin is None:
        scheme = address.partition("://")[0]
        raise WrongUse(
            f"Target {name}: apprise cannot read its address, of scheme {scheme}://; expected a "
            f"service that apprise knows, with all of its parts. Its documentation has the forms."
        )
    return plugin


def carries_secret(address: str, name: str) -> bool:
    """Return whether apprise hides a part of an address when it shows it. Raises WrongUse."""
    plugin = plugin_of(address, name)
    return plugin.url(privacy=True) != plugin.url(privacy=False)


def notify(address: str, message: Rendered) -> None:
    """Send a message once.

    Raises SendFailed with what apprise logged; WrongUse; whatever a library raises, which
    `senders.send` takes for a failed try.
    """
    plugin = plugin_of(address)
    fit(plugin, address)
    with _captured_log() as reasons:
        is_mail = isinstance(plugin, NotifyEmail)
        is_sent = _mail(plugin, message) if is_mail else _notify(plugin, message)
    if not is_sent:
        raise SendFailed("; ".join(reasons[-REASONS:]) or "the service did not accept it")


def fit(plugin: Any, address: str) -> None:
    """Let a text that is too long for a service come in parts, unless its address has `overflow`.

    apprise would send it as it is, and the service refuse it each time.
    """
    if "overflow=" not in address.lower():
        is_long = plugin.body_maxlen >= PARTS_FROM
        plugin.overflow_mode = OverflowMode.SPLIT if is_long else OverflowMode.TRUNCATE


def _notify(plugin: Any, message: Rendered) -> bool:
    title, text = message.title, message.text
    if isinstance(getattr(plugin, "headers", None), dict):  # a program reads it
        plugin.headers[KEY] = message.id
    else:
        title, text = (MENTION.sub("@\u200b", part) for part in (title, text))
    picture = message.picture
    attach = AttachMemory(content=picture, name=PICTURE, mimetype="image/png") if picture else None
    service = APPRISE.Apprise()
    service.add(plugin)
    return bool(
        service.notify(
            title=title,
            body=text,
            body_format=apprise.NotifyFormat.TEXT,
            attach=attach if plugin.attachment_support else None,
        )
    )


def _mail(plugin: Any, message: Rendered) -> bool:
    """Send one mail to all recipients of an address; its Message-ID is that of the message."""
    mail = mail_of(plugin, message)
    to = [address for _, address in plugin.targets]
    controller: Any = AppriseSMTPController(
        host=plugin.smtp_host,
        port=plugin.port,
        secure_mode=plugin.secure_mode,
        user=plugin.user,
        password=plugin.password,
        verify_certificate=plugin.verify_certificate,
        socket_connect_timeout=plugin.socket_connect_timeout,
    )
    with controller as smtp:
        recipients = [*to, *plugin.cc, *plugin.bcc]
        text = mail.as_string(policy=UNFOLDED)
        return bool(smtp.sendmail(plugin.from_addr[1], recipients, text))


def mail_of(plugin: Any, message: Rendered) -> EmailMessage:
    """Return a message as a mail with text and HTML, and its picture."""
    mail = EmailMessage(policy=SMTP)
    name, sender = plugin.from_addr
    domain = sender.rpartition("@")[2]
    mail["Subject"] = message.title
    mail["From"] = Address(display_name=str(name or SENDER), addr_spec=sender)
    mail["To"] = [Address(str(name or ""), addr_spec=address) for name, address in plugin.targets]
    if plugin.cc:
        mail["Cc"] = [Address(addr_spec=address) for address in sorted(plugin.cc)]
    if plugin.reply_to:
        mail["Reply-To"] = [Address(addr_spec=address) for address in sorted(plugin.reply_to)]
    mail["Date"] = format_datetime(message.at)
    mail["Message-ID"] = f"<{message.id}@{domain}>"
    if message.events:  # mails on one alert are one conversation
        mail["References"] = f"<alert-{message.events[0].alert.fingerprint[:24]}@{domain}>"
    mail["Auto-Submitted"] = "auto-generated"
    mail.set_content(message.text, cte="quoted-printable")
    mail.add_alternative(message.html, subtype="html", cte="quoted-printable")
    if message.picture:
        mail.add_attachment(message.picture, maintype="image", subtype="png", filename=PICTURE)
    return mail


class _Reasons(logging.Handler):
    def __init__(self, reasons: list[str]) -> None:
        super().__init__(logging.DEBUG)
        self._reasons = reasons

    def emit(self, record: logging.LogRecord) -> None:
        text = record.getMessage()
        if record.levelno >= logging.WARNING or text.startswith("Socket Exception"):
            self._reasons.append(text.removeprefix("Socket Exception: "))


@contextmanager
def _captured_log() -> Generator[list[str]]:
    """Collect what apprise logs about failures; nothing of it reaches another handler."""
    reasons: list[str] = []
    logger, handler = logging.getLogger("apprise"), _Reasons(reasons)
    before = logger.level, logger.propagate
    logger.addHandler(handler)
    logger.setLevel(logging.DEBUG)
    logger.propagate = False
    try:
        yield reasons
    finally:
        logger.removeHandler(handler)
        logger.setLevel(before[0])
        logger.propagate = before[1]
