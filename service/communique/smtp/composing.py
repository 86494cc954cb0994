"""Makes the bytes of a message: what all share is encoded once, what is personal is spliced in.

MAIL.md §1 is the rule. Never lets a value add a header, a line beyond 998 octets or a bare CR or
LF; never uses the standard library's message builder per recipient, which costs milliseconds.
"""

from __future__ import annotations

import re
from binascii import a2b_qp
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from email.utils import format_datetime
from functools import lru_cache
from urllib.parse import quote

from communique.domain.mail import Marks, Reader
from communique.domain.release import Content
from communique.domain.text import header_safe, in_language
from communique.errors import Invalid

# No line of quoted-printable can hold “=_” (RFC 2045 §6.7), so this never occurs in a part.
BOUNDARY = "=_communique"

_LINE = 76  # octets, RFC 2045 §6.7 (5)
_WORD = 75  # octets of an encoded word, RFC 2047 §2
_OPEN, _CLOSE = "=?utf-8?q?", "?="

_TO_QUOTE = re.compile(rb"[^ \t!-<>-~]")
_PLAIN_WORDS = re.compile(r"[!-~]{1,60}(?: [!-~]{1,60})*")
_ATOMS = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(?: [A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*")
_PLAIN_MAILBOX = re.compile(r"[A-Za-z-]+:(?: [A-Za-z0-9'-]+)+ <[!-;=?-~]*>")
_PRINTABLE = re.compile(r"[ -~]*")
_UNRESERVED = re.compile(r"[A-Za-z0-9._~-]*")  # RFC 3986 §2.3
_VISIBLE = re.compile(r"[!-;=?-~]*")  # without < and >
_LIST_LABEL = re.compile(r"[^a-z0-9-]+")
_NEWLINE = re.compile(rb"\r\n?")
_NOTHING_TO_QUOTE = re.compile(r"[ -<>-~]+")  # most names and addresses


@dataclass(frozen=True, slots=True)
class Letterhead:
    """What the headers of all messages of one release, association and language share."""

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
    def read(
        cls,
        content: Content,
        association: str,
        language: str,
        *,
        date: datetime,
    ) -> Letterhead:
        """Take the letterhead of an association from a release's frozen content."""
        document, declared = content.load(), content.declared(association)
        sender = declared["sender"]
        return cls(
            release=document["key"],
            kind=document["kind"],
            association=association,
            language=language,
            sender_name=in_language(sender["names"], language),
            sender_address=sender["address"],
            reply_to=sender["reply_to"],
            contact=declared["contact"],
            list_domain=declared["list_domain"],
            list_names={
                one["key"]: in_language(one["names"], language) for one in declared["lists"]
            },
            date=date,
            archive_url=declared["web"],
        )


class Composition:
    """The messages of one release, for one association, in one language."""

    def __init__(self, letterhead: Letterhead) -> None:
        self._letterhead = letterhead
        self._first = _mailbox("From", letterhead.sender_name, letterhead.sender_address)
        self._answers = _mailbox("Reply-To", letterhead.sender_name, letterhead.reply_to)
        self._date = b"Date: " + format_datetime(letterhead.date).encode() + b"\r\n"
        self._lists = {
            key: self._list_headers(key, name) for key, name in letterhead.list_names.items()
        }
        self._text_opens = self._part("plain")
        self._html_opens = b"\r\n" + self._part("html")
        self._closes = f"\r\n--{BOUNDARY}--\r\n".encode()
        self._subject: Callable[[str], bytes] = lru_cache(maxsize=16)(_subject)

    def compose(
        self,
        reader: Reader,
        marks: Marks,
        *,
        subject: str,
        text: bytes,
        html: bytes,
    ) -> bytes:
        """The whole message: CRLF lines, no line starting with a dot, ready for `Mail.content`.

        `text` and `html` are quoted-printable already. Raises Invalid where a value cannot stand
        in a header, or the reader's list is not one of the association's.
        """
        lists = self._lists.get(reader.list_key)
        if lists is None:
            raise Invalid(
                f"{self._letterhead.association} declares no list “{reader.list_key}”",
                remedy=f"its lists are {', '.join(self._lists)}",
            )
        return b"".join(
            (
                self._first,
                _mailbox("To", reader.name, reader.address),
                self._answers,
                self._subject(subject),
                self._date,
                f"Message-ID: <{_printable(marks.message_id, 'the Message-ID')}>\r\n".encode(),
                self._unsubscribe(marks.unsubscribe_url),
                lists,
                self._text_opens,
                text,
                _ended(text),
                self._html_opens,
                html,
                _ended(html),
                self._closes,
            )
        )

    def _unsubscribe(self, url: str) -> bytes:
        """RFC 8058 §3.1: one https URI; RFC 2369 §3.2: a mailto beside it."""
        url = _printable(url, "the unsubscribe URL")
        token = url.rpartition("/")[2]
        if not _UNRESERVED.fullmatch(token):
            token = quote(token, safe="")
        return (
            f"List-Unsubscribe: <{url}>,\r\n"
            f" <mailto:{self._letterhead.reply_to}?subject=unsubscribe%20{token}>\r\n"
        ).encode()

    def _list_headers(self, key: str, name: str) -> bytes:
        """What all messages to one list share: RFC 2919, RFC 2369, RFC 8058, and MIME's opening."""
        head = self._letterhead
        label = _LIST_LABEL.sub("-", key.casefold()).strip("-")
        identity = f"<{label}.{head.list_domain}>"
        lines = [
            "List-Unsubscribe-Post: List-Unsubscribe=One-Click",
            _phrase_and(f"List-Id: {{}}{identity}", name),
            "List-Post: NO",
            f"List-Help: <mailto:{head.contact}?subject=help>",
            f"List-Owner: <mailto:{head.contact}>",
            f"List-Archive: <{_printable(head.archive_url, 'the archive’s URL')}>",
            f"Feedback-ID: {head.release}:{head.association}:{head.kind}:communique",
        ]
        for line in lines:
            header_safe(line.replace("\r\n ", " "), line.partition(":")[0])
        lines += [
            "MIME-Version: 1.0",
            f'Content-Type: multipart/alternative; boundary="{BOUNDARY}"',
            "",
        ]
        return "".join(f"{line}\r\n" for line in lines).encode()

    def _part(self, subtype: str) -> bytes:
        return (
            f"--{BOUNDARY}\r\n"
            f"Content-Type: text/{subtype}; charset=utf-8\r\n"
            "Content-Transfer-Encoding: quoted-printable\r\n"
            f"Content-Language: {self._letterhead.language}\r\n"
            "\r\n"
        ).encode()


def _ended(part: bytes) -> bytes:
    """A soft line break cannot be the last thing of a part (RFC 2045 §6.7)."""
    return b"\r\n" if part.endswith(b"=\r\n") else b""


def plain_text(encoded: bytes) -> str:
    """The text that joined pieces of quoted-printable stand for."""
    return a2b_qp(encoded).replace(b"\r\n", b"\n").decode()


def quoted_printable(piece: str) -> bytes:
    """`piece` in UTF-8 and quoted-printable (RFC 2045 §6.7), starting and ending at a line's start.

    A last line that is not ended gets a soft line break, so encoded pieces can be joined as they
    are. A dot that would start a line is encoded: nothing is left for SMTP to stuff.
    """
    if _NOTHING_TO_QUOTE.fullmatch(piece):
        return _broken(piece.encode(), b"=\r\n")
    try:
        octets = piece.encode()
    except UnicodeEncodeError as error:
        raise Invalid("a text holds half a character (a lone surrogate)") from error
    if b"\r" in octets:
        octets = _NEWLINE.sub(b"\n", octets)
    *lines, rest = octets.split(b"\n")
    encoded = b"".join([_quoted_line(line, b"\r\n") for line in lines])
    return encoded + _quoted_line(rest, b"=\r\n") if rest else encoded


def _quoted_line(line: bytes, end: bytes) -> bytes:
    encoded = _TO_QUOTE.sub(_as_hexadecimal, line)
    if end == b"\r\n" and encoded.endswith((b" ", b"\t")):
        encoded = encoded[:-1] + (b"=20" if encoded.endswith(b" ") else b"=09")
    return _broken(encoded, end)


def _broken(encoded: bytes, end: bytes) -> bytes:
    """A line of quoted-printable with soft line breaks, as many as it needs."""
    limit = _LINE + 2 - len(end)
    if len(encoded) <= limit and not encoded.startswith(b"."):
        return encoded + end
    pieces = []
    while True:
        if encoded.startswith(b"."):
            encoded = b"=2E" + encoded[1:]
        if len(encoded) <= limit:
            pieces += [encoded, end]
            return b"".join(pieces)
        cut = encoded.rfind(b"=", _LINE - 3, _LINE - 1)  # never between = and its two digits
        cut = cut if cut >= 0 else _LINE - 1
        pieces += [encoded[:cut], b"=\r\n"]
        encoded = encoded[cut:]


def _as_hexadecimal(octet: re.Match[bytes]) -> bytes:
    return b"=%02X" % ord(octet[0])


def encoded_words(text: str, first: int) -> list[str]:
    """`text` as encoded words of at most 75 octets, the first at most `first` (RFC 2047 §2, §4.2).

    Letters and digits stand for themselves, so that the words may form a phrase (§5 (3)); no
    character is split between two words.
    """
    words: list[str] = []
    word = ""
    room = first - len(_OPEN) - len(_CLOSE)
    for encoded in map(_in_a_word, text):
        if word and len(word) + len(encoded) > room:
            words.append(word)
            word, room = "", _WORD - len(_OPEN) - len(_CLOSE)
        word += encoded
    return [f"{_OPEN}{one}{_CLOSE}" for one in (*words, word)]


@lru_cache(maxsize=1024)
def _in_a_word(character: str) -> str:
    """One character as an encoded word has it (RFC 2047 §4.2)."""
    if character.isascii() and character.isalnum():
        return character
    return "_" if character == " " else "".join(f"={octet:02X}" for octet in character.encode())


def _subject(subject: str) -> bytes:
    subject = header_safe(subject, "the subject")
    if not subject:
        return b"Subject:\r\n"
    if _PLAIN_WORDS.fullmatch(subject) and "=?" not in subject:
        return _folded("Subject:", subject.split(" "))
    return _folded("Subject:", encoded_words(subject, _LINE - len("Subject: ")))


def _mailbox(header: str, name: str, address: str) -> bytes:
    line = f"{header}: {name} <{address}>"
    if len(line) <= _LINE and _PLAIN_MAILBOX.fullmatch(line):  # as most are
        return f"{line}\r\n".encode()
    address = header_safe(address, f"the address in {header}")
    return (_phrase_and(f"{header}: {{}}<{address}>", name) + "\r\n").encode()


def _phrase_and(line: str, phrase: str) -> str:
    """`line` with its `{}` replaced by `phrase` as RFC 5322 §3.2.5 wants it, folded."""
    header, _, rest = line.partition("{}")
    phrase = header_safe(phrase, f"the name in {header.rstrip(': ')}")
    if not phrase:
        return header + rest
    if len(phrase) <= 60 and _ATOMS.fullmatch(phrase) and "=?" not in phrase:
        written = phrase
    elif len(phrase) <= 60 and _PRINTABLE.fullmatch(phrase) and "=?" not in phrase:
        escaped = phrase.replace("\\", "\\\\").replace('"', '\\"')
        written = f'"{escaped}"'
    else:
        written = "\r\n ".join(encoded_words(phrase, _LINE - len(header)))
    line = f"{header}{written}"
    room = _LINE - len(line.rpartition("\n")[2]) - 1
    return f"{line} {rest}" if len(rest) <= room else f"{line}\r\n {rest}"


def _folded(header: str, words: list[str]) -> bytes:
    lines = [header]
    for word in words:
        if len(lines[-1]) + 1 + len(word) > _LINE and lines[-1] != header:
            lines.append("")
        lines[-1] += f" {word}"
    return ("\r\n".join(lines) + "\r\n").encode()


def _printable(value: str, what: str) -> str:
    """A value for a header as visible ASCII, or Invalid."""
    if not _VISIBLE.fullmatch(value):
        raise Invalid(f"{what} is not plain visible ASCII")
    return value
