"""The forms that MIME gives to text: quoted-printable, encoded words, folded headers, parts.

docs/mail.md §1 is the rule. Never lets a value add a header, a line beyond 998 octets or a bare CR
or LF; never uses the standard library's message builder per recipient, which costs milliseconds.
"""

from __future__ import annotations

import re
from base64 import encodebytes
from binascii import a2b_qp
from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

from communique.domain.text import header_safe
from communique.errors import Invalid
from communique.facts import Fact

# No line of quoted-printable can hold “=_” (RFC 2045 §6.7), and none of base64, so these never
# occur in a part; nor does one begin with the other (RFC 2046 §5.1.2).
BOUNDARY = "=_communique"
OUTER_BOUNDARY = "=_mixed"

_LINE = 76  # octets, RFC 2045 §6.7 (5)
_WORD = 75  # octets of an encoded word, RFC 2047 §2
_OPEN, _CLOSE = "=?utf-8?q?", "?="

_TO_QUOTE = re.compile(rb"[^ \t!-<>-~]")
_PLAIN_WORDS = re.compile(r"[!-~]{1,60}(?: [!-~]{1,60})*")
_ATOMS = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(?: [A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*")
_PLAIN_MAILBOX = re.compile(r"[A-Za-z-]+:(?: [A-Za-z0-9'-]+)+ <[!-;=?-~]*>")
_PRINTABLE = re.compile(r"[ -~]*")
_VISIBLE = re.compile(r"[!-;=?-~]*")  # without < and >
_NEWLINE = re.compile(rb"\r\n?")
_DOT = (b".",)
_AWKWARD = (b".", b"From ")  # at the start of a line
_NOTHING_TO_QUOTE = re.compile(r"[ -<>-~]+")  # most names and addresses
_FILE_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
_MEDIA_TYPE = re.compile(r"[a-z]+/[a-z0-9.+-]+(?:; [a-z]+=[A-Za-z0-9-]+)*")


class Part(NamedTuple):
    """What a message holds beside its text and HTML: headers, and a body in base64."""

    headers: bytes  # each ended by CRLF
    body: bytes


def attached(name: str, media_type: str, octets: bytes) -> Part:
    """A file beside the text (RFC 2183), in base64 (RFC 2045 §6.8).

    `media_type` may have parameters, as `text/calendar; method=PUBLISH`. Raises Invalid.
    """
    if not _FILE_NAME.fullmatch(name):
        raise Invalid("attachment_name_not_allowed", name=name)
    if not _MEDIA_TYPE.fullmatch(media_type):
        raise Invalid("attachment_type_unknown", media_type=media_type)
    headers = (
        f"Content-Type: {media_type}\r\n"
        "Content-Transfer-Encoding: base64\r\n"
        f'Content-Disposition: attachment; filename="{name}"\r\n'
    )
    return Part(headers.encode(), encodebytes(octets).replace(b"\n", b"\r\n"))


class Structure(NamedTuple):
    """All that stands around the text and the HTML of a message, from MIME's own headers on."""

    opens: bytes
    between: bytes
    closes: bytes

    def around(self, text: bytes, html: bytes) -> tuple[bytes, ...]:
        """The rest of a message after its own headers; text and HTML are quoted-printable."""
        return (self.opens, text, _ended(text), self.between, html, _ended(html), self.closes)


def structure(language: str, further: Sequence[Part] = ()) -> Structure:
    """Text, then the same as HTML (RFC 2046 §5.1.4); what there is further stands beside both."""
    opens = f'Content-Type: multipart/alternative; boundary="{BOUNDARY}"\r\n\r\n'.encode()
    closes = f"\r\n--{BOUNDARY}--\r\n".encode()
    if further:
        outer = f"--{OUTER_BOUNDARY}".encode()
        kind = f'Content-Type: multipart/mixed; boundary="{OUTER_BOUNDARY}"\r\n\r\n'.encode()
        opens = b"".join((kind, outer, b"\r\n", opens))
        for part in further:
            closes += b"".join((b"\r\n", outer, b"\r\n", part.headers, b"\r\n", part.body))
        closes += b"".join((b"\r\n", outer, b"--\r\n"))
    return Structure(
        b"MIME-Version: 1.0\r\n" + opens + _opening("plain", language),
        b"\r\n" + _opening("html", language),
        closes,
    )


def _opening(subtype: str, language: str) -> bytes:
    return (
        f"--{BOUNDARY}\r\n"
        f"Content-Type: text/{subtype}; charset=utf-8\r\n"
        "Content-Transfer-Encoding: quoted-printable\r\n"
        f"Content-Language: {language}\r\n"
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
    are. A dot that would start a line is encoded: nothing is left for SMTP to stuff. So is “From ”:
    mailboxes that are files would put a > before it (RFC 4155).
    """
    return _quoted(piece, _AWKWARD)


def quoted_printable_1(piece: str) -> bytes:
    """The same as formats 0 and 1 of frozen content have it: “From ” as it is."""
    return _quoted(piece, _DOT)


def _quoted(piece: str, awkward: tuple[bytes, ...]) -> bytes:
    if _NOTHING_TO_QUOTE.fullmatch(piece):
        return _broken(piece.encode(), b"=\r\n", awkward)
    try:
        octets = piece.encode()
    except UnicodeEncodeError as error:
        raise Invalid("text_lone_surrogate") from error
    if b"\r" in octets:
        octets = _NEWLINE.sub(b"\n", octets)
    *lines, rest = octets.split(b"\n")
    encoded = b"".join([_quoted_line(line, b"\r\n", awkward) for line in lines])
    return encoded + _quoted_line(rest, b"=\r\n", awkward) if rest else encoded


def _quoted_line(line: bytes, end: bytes, awkward: tuple[bytes, ...]) -> bytes:
    encoded = _TO_QUOTE.sub(_as_hexadecimal, line)
    if end == b"\r\n" and encoded.endswith((b" ", b"\t")):
        encoded = encoded[:-1] + (b"=20" if encoded.endswith(b" ") else b"=09")
    return _broken(encoded, end, awkward)


def _broken(encoded: bytes, end: bytes, awkward: tuple[bytes, ...]) -> bytes:
    """A line of quoted-printable with soft line breaks, as many as it needs."""
    limit = _LINE + 2 - len(end)
    if len(encoded) <= limit and not encoded.startswith(awkward):
        return encoded + end
    pieces = []
    while True:
        if encoded.startswith(awkward):
            encoded = b"=%02X" % encoded[0] + encoded[1:]
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


def subject_line(subject: str) -> bytes:
    """The Subject header, ended. Raises Invalid for what could become a header of its own."""
    subject = header_safe(subject, "the_subject")
    if not subject:
        return b"Subject:\r\n"
    if _PLAIN_WORDS.fullmatch(subject) and "=?" not in subject:
        return _folded("Subject:", subject.split(" "))
    return _folded("Subject:", encoded_words(subject, _LINE - len("Subject: ")))


def mailbox(header: str, name: str, address: str) -> bytes:
    """A header with one address and its name (RFC 5322 §3.4), ended. Raises Invalid."""
    line = f"{header}: {name} <{address}>"
    if len(line) <= _LINE and _PLAIN_MAILBOX.fullmatch(line):  # as most are
        return f"{line}\r\n".encode()
    address = header_safe(address, "the_address_in", header)
    return (with_phrase(f"{header}: {{}}<{address}>", name) + "\r\n").encode()


def with_phrase(line: str, phrase: str) -> str:
    """`line` with its `{}` replaced by `phrase` as RFC 5322 §3.2.5 wants it, folded."""
    header, _, rest = line.partition("{}")
    phrase = header_safe(phrase, "the_name_in", header.rstrip(": "))
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


def visible(value: str, what: str) -> str:
    """A value for a header as visible ASCII, or Invalid. `what` it is, is a fact's code."""
    if not _VISIBLE.fullmatch(value):
        raise Invalid("header_not_ascii", what=Fact(what))
    return value
