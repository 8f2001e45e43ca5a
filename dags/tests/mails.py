"""An SMTP server that keeps the e-mails it receives."""

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from email import message_from_bytes, policy
from email.message import EmailMessage
from html.parser import HTMLParser

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session


def free_port() -> int:
    """Return a port on which nothing listens."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]


@dataclass(frozen=True)
class Mail:
    """A received e-mail: envelope recipients, subject, and body as HTML and as text."""

    recipients: list[str]
    sender: str
    subject: str
    html: str

    @property
    def text(self) -> str:
        """The body without tags, one line per element."""
        parser = _Text()
        parser.feed(self.html)
        return "\n".join(line for line in (part.strip() for part in parser.parts) if line)


Mails = list[Mail]


class _Text(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.parts: list[str] = []

    def handle_data(self, data: str) -> None:
        self.parts.append(data)


class _Handler:
    def __init__(self) -> None:
        self.mails: Mails = []

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        message: EmailMessage = message_from_bytes(envelope.content, policy=policy.default)
        html = message.get_body(("html",)).get_content()
        self.mails.append(Mail(envelope.rcpt_tos, envelope.mail_from, message["Subject"], html))
        return "250 OK"


@contextmanager
def receive_mails() -> Iterator[tuple[int, Mails]]:
    """Run a server while the `with` block runs; yield its port and the list of the received e-mails."""
    handler = _Handler()
    controller = Controller(handler, hostname="127.0.0.1", port=free_port())
    controller.start()
    try:
        yield controller.port, handler.mails
    finally:
        controller.stop()
