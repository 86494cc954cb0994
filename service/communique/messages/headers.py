"""The headers of a release's messages, and of letters; with what was rendered, the whole message.

docs/mail.md §1 is the rule. What all messages of a variant share is written once; a value that
cannot stand in a header is refused, for it could become one of its own.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from email.utils import format_datetime
from functools import lru_cache
from urllib.parse import quote

from communique.domain.content import Variant
from communique.domain.letter import Letter
from communique.domain.mail import MessageIdentity, Recipient
from communique.domain.text import header_safe, in_language
from communique.errors import Invalid
from communique.messages.mime import Part, mailbox, structure, subject_line, visible, with_phrase
from communique.messages.render import Rendered

_UNRESERVED = re.compile(r"[A-Za-z0-9._~-]*")  # RFC 3986 §2.3
_LIST_LABEL = re.compile(r"[^a-z0-9-]+")


@dataclass(frozen=True, slots=True)
class HeaderSet:
    """What the headers of all messages of one variant are made of."""

    release: str
    kind: str
    association: str
    language: str
    sender_name: str
    sender_address: str
    reply_to: str
    contact: str  # an address that people answer
    list_domain: str
    list_names: Mapping[str, str]  # by list key, in this language
    date: datetime
    archive_url: str

    @classmethod
    def of(cls, variant: Variant) -> HeaderSet:
        """Take it from what was frozen."""
        host, language = variant.host, variant.language
        return cls(
            release=variant.content.key,
            kind=variant.content.kind,
            association=host.key,
            language=language,
            sender_name=in_language(host.sender.names, language),
            sender_address=host.sender.address,
            reply_to=host.sender.reply_to,
            contact=host.contact,
            list_domain=host.list_domain,
            list_names={one.key: in_language(one.names, language) for one in host.lists},
            date=variant.date,
            archive_url=variant.newsroom or host.web,
        )


class Composition:
    """The messages of one variant: headers, text and HTML, and whatever parts go to everybody."""

    def __init__(self, headers: HeaderSet, further: Sequence[Part] = ()) -> None:
        self._headers = headers
        self._first = mailbox("From", headers.sender_name, headers.sender_address)
        self._answers = mailbox("Reply-To", headers.sender_name, headers.reply_to)
        self._date = _date(headers.date)
        self._lists = {
            key: self._list_headers(key, name) for key, name in headers.list_names.items()
        }
        self._structure = structure(headers.language, further)
        self._subject: Callable[[str], bytes] = lru_cache(maxsize=16)(subject_line)

    def compose(self, reader: Recipient, marks: MessageIdentity, rendered: Rendered) -> bytes:
        """The whole message: CRLF lines, no line starting with a dot, ready for `Mail.content`.

        Raises Invalid where a value cannot stand in a header, or the reader's list is not one of
        the association's.
        """
        lists = self._lists.get(reader.list_key)
        if lists is None:
            raise Invalid(
                "list_not_frozen",
                association=self._headers.association,
                list=reader.list_key,
                known=list(self._lists),
            )
        subject, text, html = rendered
        return b"".join(
            (
                self._first,
                mailbox("To", reader.name, reader.address),
                self._answers,
                self._subject(subject),
                self._date,
                _message_id(marks.message_id),
                self._unsubscribe(marks.unsubscribe_url),
                lists,
                *self._structure.around(text, html),
            )
        )

    def _unsubscribe(self, url: str) -> bytes:
        """RFC 8058 §3.1: one https URI; RFC 2369 §3.2: a mailto beside it."""
        url = visible(url, "the_unsubscribe_url")
        token = url.rpartition("/")[2]
        if not _UNRESERVED.fullmatch(token):
            token = quote(token, safe="")
        return (
            f"List-Unsubscribe: <{url}>,\r\n"
            f" <mailto:{self._headers.reply_to}?subject=unsubscribe%20{token}>\r\n"
        ).encode()

    def _list_headers(self, key: str, name: str) -> bytes:
        """What all messages to one list share: RFC 2919, RFC 2369, RFC 8058."""
        head = self._headers
        label = _LIST_LABEL.sub("-", key.casefold()).strip("-")
        identity = f"<{label}.{head.list_domain}>"
        lines = [
            "List-Unsubscribe-Post: List-Unsubscribe=One-Click",
            with_phrase(f"List-Id: {{}}{identity}", name),
            "List-Post: NO",
            f"List-Help: <mailto:{head.contact}?subject=help>",
            f"List-Owner: <mailto:{head.contact}>",
            f"List-Archive: <{visible(head.archive_url, 'the_archive_url')}>",
            f"Feedback-ID: {head.release}:{head.association}:{head.kind}:communique",
        ]
        for line in lines:
            header_safe(line.replace("\r\n ", " "), "the_header", line.partition(":")[0])
        return "".join(f"{line}\r\n" for line in lines).encode()


def compose_letter(letter: Letter, rendered: Rendered) -> bytes:
    """The whole of one message that is no release, as `Composition.compose` makes them.

    It says that no person wrote it (RFC 3834 §5.2), and belongs to no list. Raises Invalid.
    """
    sender = letter.association.sender
    name = in_language(sender.names, letter.language)
    return b"".join(
        (
            mailbox("From", name, sender.address),
            mailbox("To", letter.name, letter.address),
            mailbox("Reply-To", name, sender.reply_to),
            subject_line(rendered.subject),
            _date(letter.date),
            _message_id(letter.message_id),
            b"Auto-Submitted: auto-generated\r\n",
            *structure(letter.language).around(rendered.text, rendered.html),
        )
    )


def _date(date: datetime) -> bytes:
    return b"Date: " + format_datetime(date).encode() + b"\r\n"


def _message_id(identity: str) -> bytes:
    return f"Message-ID: <{visible(identity, 'the_message_id')}>\r\n".encode()
