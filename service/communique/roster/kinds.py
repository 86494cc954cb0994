"""What a file is, told by its content alone: its name may say anything.

What no roster can be read from is refused under a code of its own, so that each door can say what
the file is and what to do with it.
"""

from __future__ import annotations

import re
import zipfile
import zlib
from enum import StrEnum
from typing import BinaryIO

from communique.errors import Invalid

HEAD = 1 << 16  # octets that a file is told by
LARGEST_WORKBOOK = 500 << 20  # octets unpacked, as the archive itself states them


class Kind(StrEnum):
    """How a file's rows are found."""

    TEXT = "text"
    XLSX = "XLSX"
    ODS = "ODS"


# What begins a file, and the code that it is refused with.
_MAGIC = (
    (b"%PDF-", "file_is_pdf"),
    (b"{\\rtf", "file_is_document"),
    (b"\x1f\x8b", "file_is_archive"),
    (b"7z\xbc\xaf\x27\x1c", "file_is_archive"),
    (b"Rar!\x1a\x07", "file_is_archive"),
    (b"BZh", "file_is_archive"),
    (b"\xfd7zXZ\0", "file_is_archive"),
    (b"\x89PNG\r\n", "file_is_picture"),
    (b"\xff\xd8\xff", "file_is_picture"),
    (b"GIF8", "file_is_picture"),
    (b"SQLite format 3\0", "file_is_database"),
    (b"\x09\x00\x04\x00", "workbook_old"),  # Excel 2 to 4: a stream of records, in no container
    (b"\x09\x02\x06\x00", "workbook_old"),
    (b"\x09\x04\x06\x00", "workbook_old"),
    (b"\x09\x08\x10\x00", "workbook_old"),
)
_COMPOUND = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"[:4]
_MARKUP = rb"(?:<!--.*?-->\s*)?<(?:!doctype\s+html|html|head|meta|body|table|tr)\b"
_TEXTS = tuple(
    (re.compile(pattern, re.DOTALL | re.IGNORECASE), code)
    for pattern, code in (
        (_MARKUP, "file_is_web_page"),
        (rb"mime-version:.*?(?:text/html|multipart/related)", "file_is_web_page"),
        (rb"<\?xml\b.*?<(?:\w+:)?html\b", "file_is_web_page"),
        (rb"<\?xml\b.*?urn:schemas-microsoft-com:office:spreadsheet", "workbook_xml"),
        (rb"<\?xml\b", "file_is_xml"),
        (rb"begin:vcard\b", "file_is_contacts"),
        (rb"(?:version: *1\s+)?dn::? ", "file_is_contacts"),
        (rb"""(?:\[\s*)?\{\s*(?:"|\})|\[\s*(?:"[^"\n]*"\s*[,\]]|\[|\])""", "file_is_json"),
    )
)


def told(file: BinaryIO) -> Kind:
    """What the file is. Raises Invalid, naming it, if that is nothing to read rows from."""
    file.seek(0)
    head = file.read(HEAD)
    if head.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        return _archive(file)
    if head.startswith(_COMPOUND):
        raise Invalid(_compound(file))
    for magic, code in _MAGIC:
        if head.startswith(magic):
            raise Invalid(code)
    text = _as_octets_of_text(head).lstrip(b"\xef\xbb\xbf \t\r\n")
    for pattern, code in _TEXTS:
        if pattern.match(text):
            raise Invalid(code)
    return Kind.TEXT


def _as_octets_of_text(head: bytes) -> bytes:
    """UTF-16 with the zeros left out: enough to know markup by."""
    return head[2:].replace(b"\0", b"") if head[:2] in {b"\xff\xfe", b"\xfe\xff"} else head


def _archive(file: BinaryIO) -> Kind:
    try:
        with zipfile.ZipFile(file) as archive:
            parts = archive.infolist()
            names = {one.filename for one in parts}
            if "xl/workbook.bin" in names:
                raise Invalid("workbook_binary")
            if any(one.flag_bits & 1 for one in parts):
                raise Invalid("workbook_protected")
            if sum(one.file_size for one in parts) > LARGEST_WORKBOOK:
                raise Invalid("workbook_too_large", megabytes=LARGEST_WORKBOOK >> 20)
            if "xl/workbook.xml" in names:
                return Kind.XLSX
            if "mimetype" in names:
                with archive.open("mimetype") as opened:
                    return _open_document(opened.read(200))
    except (zipfile.BadZipFile, zlib.error, NotImplementedError, EOFError, ValueError) as error:
        raise Invalid("workbook_damaged") from error
    if any(name.startswith(("word/", "ppt/")) for name in names):
        raise Invalid("file_is_document")
    if any(name.endswith(".iwa") or name == "Index.zip" for name in names):
        raise Invalid("workbook_numbers")
    raise Invalid("file_is_archive")


def _open_document(mimetype: bytes) -> Kind:
    if mimetype.startswith(b"application/vnd.oasis.opendocument.spreadsheet"):
        return Kind.ODS
    raise Invalid("file_is_document")


def _compound(file: BinaryIO) -> str:
    """What a compound file (MS-CFB) holds, by the names of its streams."""
    file.seek(0)
    while block := file.read(1 << 20):
        for name, code in (
            ("EncryptedPackage", "workbook_protected"),
            ("Workbook", "workbook_old"),
            ("Book", "workbook_old"),
            ("WordDocument", "file_is_document"),
            ("PowerPoint Document", "file_is_document"),
        ):
            if name.encode("utf-16-le") in block:
                return code
    return "workbook_old"
