"""The naive sender: what one writes first, with good libraries. Measures itself, as JSON.

    python -m bench.naive PORT CONNECTIONS LETTER.json

For each person it renders a Jinja2 template, inlines the style sheet, builds an `EmailMessage` and
calls aiosmtplib's `send_message`, on connections that it keeps. It keeps no log and checks nothing.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from email.message import EmailMessage
from email.utils import formataddr, make_msgid
from pathlib import Path

import aiosmtplib
import css_inline
import jinja2

from bench.children import peak_memory


@dataclass(frozen=True, slots=True)
class Letter:
    """What it is given: templates, and who they go to."""

    sender: str
    subject: str
    html: str
    text: str
    readers: list[dict[str, str]]  # address, given_name, family_name


@dataclass(frozen=True, slots=True)
class Measured:
    """What it took, from the first rendering to the last reply."""

    sent: int
    seconds: float
    cpu_seconds: float
    peak_memory: int


class NaiveSender:
    """One letter to many."""

    def __init__(self, letter: Letter) -> None:
        self._letter = letter
        environment = jinja2.Environment(autoescape=True)
        self._html = environment.from_string(letter.html)
        self._text = jinja2.Environment().from_string(letter.text)  # noqa: S701 - plain text
        self._inliner = css_inline.CSSInliner(keep_at_rules=True, load_remote_stylesheets=False)

    def compose(self, reader: dict[str, str]) -> EmailMessage:
        """The message for one person."""
        name = f"{reader['given_name']} {reader['family_name']}"
        message = EmailMessage()
        message["From"] = self._letter.sender
        message["To"] = formataddr((name, reader["address"]))
        message["Subject"] = self._letter.subject
        message["Message-ID"] = make_msgid(domain="naive.example")
        message.set_content(self._text.render(reader), cte="quoted-printable")
        message.add_alternative(
            self._inliner.inline(self._html.render(reader)),
            subtype="html",
            cte="quoted-printable",
        )
        return message

    async def send(self, port: int, connections: int) -> int:
        """Send to everybody; how many were taken."""
        readers = iter(self._letter.readers)
        return sum(await asyncio.gather(*(self._work(port, readers) for _ in range(connections))))

    async def _work(self, port: int, readers: Iterator[dict[str, str]]) -> int:
        sent = 0
        async with aiosmtplib.SMTP(hostname="127.0.0.1", port=port, start_tls=False) as client:
            for reader in readers:
                await client.send_message(self.compose(reader))
                sent += 1
        return sent


def run(port: int, connections: int, letter: Letter) -> Measured:
    """Send a letter, measured."""
    sender = NaiveSender(letter)
    cpu, begun = time.process_time(), time.perf_counter()
    sent = asyncio.run(sender.send(port, connections))
    return Measured(
        sent,
        time.perf_counter() - begun,
        time.process_time() - cpu,
        peak_memory(),
    )


if __name__ == "__main__":
    given = Letter(**json.loads(Path(sys.argv[3]).read_text(encoding="utf-8")))
    print(json.dumps(asdict(run(int(sys.argv[1]), int(sys.argv[2]), given))))
