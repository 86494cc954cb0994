"""What the built-in mailbox keeps, read back as it was received."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Received:
    """One message as it was received: `content` is what came after DATA, to the byte."""

    path: Path
    sender: str
    recipients: tuple[str, ...]
    content: bytes

    @property
    def message(self) -> EmailMessage:
        """The content, parsed."""
        return message_from_bytes(self.content, policy=policy.default)


def messages(folder: Path) -> Iterator[Received]:
    """What a mailbox holds, in order of arrival."""
    for path in sorted((folder / "new").glob("*.eml")):
        raw = path.read_bytes()
        sender, recipients, start = "", [], 0
        while True:
            end = raw.index(b"\r\n", start)
            name, _, value = raw[start:end].decode("utf-8", "replace").partition(": ")
            if name == "Return-Path":
                sender = value.strip("<>")
            elif name == "Delivered-To":
                recipients.append(value)
            else:
                break
            start = end + 2
        yield Received(path, sender, tuple(recipients), raw[start:])
