"""Which encoding a text is in, by evidence; where that is not enough, nobody is to guess.

UTF-8 proves itself: no text of names in another encoding happens to be good in it. The encodings
of one octet a character all read anything, so they are told apart by what comes of the words: a
capital or a sign within a word speaks against one, an accent that French uses for it. General
detectors were tried on lists of names and are mostly wrong (docs/decisions/0018).
"""

from __future__ import annotations

import codecs
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import BinaryIO

from communique.domain.text import abbreviated
from communique.errors import Invalid

BLOCK = 1 << 20  # octets read at once
ENOUGH = 2000  # different words that evidence is taken from
SAMPLES = 5
# As people are shown them. The order decides between those that read all words alike.
SINGLE = ("windows-1252", "iso-8859-15", "mac-roman", "cp850")

_UTF_16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_UTF_32 = (codecs.BOM_UTF32_LE, codecs.BOM_UTF32_BE)
# Bounded, since what no file should hold may be in it: a word of a million letters, say.
_WORD = re.compile(rb"[^\s;,\"|<>()]{0,40}[\x80-\xff][^\s;,\"|<>()]{0,40}")
_ACCENTED = re.compile(r"[^\W\d_]{0,30}[^\W\d_\x00-\x7f][^\W\d_]{0,30}")
_MOST_CONTROLS = 0.01  # of a text's octets: a slip here and there, or it is no text
_CONTROLS = bytes({*range(9), *range(0x0E, 0x20)} - {0x1B})

# How much each letter beyond ASCII speaks for a reading: by how usual it is in names around here.
_USUAL = {
    letter: points
    for letters, points in (("é", 3), ("èàçëôîï", 2), ("êâùûüœäöáíóúñãõåøßšž", 1))
    for letter in letters
}
_BESIDE_WORDS = frozenset("«»“”‘’–—…°ºª€™®©\xa0·•")
_AFTER_WORDS = frozenset("…°ºª™®©")
_ELISION = re.compile(
    r"(?:^|.*[-'’])(?:[cdjlmnstoy]|qu|jusqu|lorsqu|puisqu|aujourd)", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class Encoding:
    """What a text is read in: Python's codec, what people call it, and words to judge it by."""

    codec: str
    name: str
    samples: tuple[str, ...] = ()


def decide(file: BinaryIO, chosen: str | None = None) -> Encoding:
    """The encoding of a whole file, or the one that somebody `chosen` for it.

    Raises Invalid if it is no text, or if two readings of it are about as good: the error then has
    both, each with words as they would be read.
    """
    file.seek(0)
    start = file.read(4)
    if chosen:
        return _sampled(file, _known(chosen, start), chosen)
    if start.startswith(_UTF_32):
        return _strict(file, "utf-32", "UTF-32")
    if start.startswith(_UTF_16):
        return _strict(file, "utf-16", "UTF-16")
    bom = start.startswith(codecs.BOM_UTF8)
    zeros = _zeros(file)
    if zeros:
        return _strict(file, *zeros)
    if bom:
        return _sampled(file, "utf-8-sig", "UTF-8")
    if _good_utf_8(file):
        return _not_misread(file, _sampled(file, "utf-8", "UTF-8"))
    return _of_octets(file)


def _known(name: str, start: bytes) -> str:
    try:
        found = codecs.lookup(name)
        b"a".decode(name, "replace")
    except (LookupError, ValueError):
        raise Invalid(
            "encoding_unknown", encoding=abbreviated(name), known=["utf-8", *SINGLE]
        ) from None
    if found.name == "utf-8" and start.startswith(codecs.BOM_UTF8):
        return "utf-8-sig"
    return found.name


def _blocks(file: BinaryIO) -> Iterable[bytes]:
    file.seek(0)
    while block := file.read(BLOCK):
        yield block


def _zeros(file: BinaryIO) -> tuple[str, str] | None:
    """UTF-16 without its mark, by where its zeros are. Raises Invalid for what is no text."""
    size = controls = 0
    odd = even = 0
    for block in _blocks(file):
        size += len(block)
        if odd + even == 0 and b"\0" in block[: BLOCK // 16]:
            odd, even = block[1::2].count(0), block[::2].count(0)
            if max(odd, even) * 5 > len(block) and min(odd, even) * 10 < max(odd, even):
                little = odd > even
                return ("utf-16-le", "UTF-16 LE") if little else ("utf-16-be", "UTF-16 BE")
        controls += len(block) - len(block.translate(None, _CONTROLS))
    if controls > max(4, size * _MOST_CONTROLS):
        raise Invalid("file_no_text")
    return None


def _strict(file: BinaryIO, codec: str, name: str) -> Encoding:
    decoder = codecs.getincrementaldecoder(codec)()
    line = 1
    try:
        for block in _blocks(file):
            line += decoder.decode(block).count("\n")
        decoder.decode(b"", final=True)
    except UnicodeError:
        raise Invalid("file_encoding_broken", encoding=name, near=line) from None
    return _sampled(file, codec, name)


def _good_utf_8(file: BinaryIO) -> bool:
    decoder = codecs.getincrementaldecoder("utf-8")()
    try:
        for block in _blocks(file):
            decoder.decode(block)
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True


def _sampled(file: BinaryIO, codec: str, name: str) -> Encoding:
    """With words that are not plain ASCII, from the beginning of the file."""
    file.seek(0)
    text = file.read(BLOCK).decode(codec, "ignore")
    return Encoding(codec, name, _samples(_ACCENTED.findall(text)))


def _samples(words: Iterable[str]) -> tuple[str, ...]:
    most = dict.fromkeys(abbreviated(one, 30) for one in dict.fromkeys(words))
    return tuple(sorted(list(most)[:200], key=lambda one: -sum(c > "\x7f" for c in one))[:SAMPLES])


def _not_misread(file: BinaryIO, encoding: Encoding) -> Encoding:
    """Raises Invalid for good UTF-8 of a text that was read wrongly once: `SociÃ©tÃ©`."""
    file.seek(0)
    found = islice(_WORD.finditer(file.read(BLOCK)), ENOUGH)
    words = [one[0].decode("utf-8", "ignore") for one in found]
    misread = {one: meant for one in words if (meant := _meant(one)) is not None}
    if sum(one in misread for one in words) * 2 > len(words):
        raise Invalid(
            "file_misread_before",
            samples=list(misread)[:SAMPLES],
            meant=list(misread.values())[:SAMPLES],
        )
    return encoding


def _meant(word: str) -> str | None:
    """What a word was before UTF-8 was taken for Windows-1252, if it was."""
    octets = bytearray()
    for character in word:
        try:
            octets += character.encode("cp1252")
        except UnicodeEncodeError:
            if ord(character) > 0xFF:
                return None
            octets.append(ord(character))
    try:
        return octets.decode("utf-8")
    except UnicodeDecodeError:
        return None


def _of_octets(file: BinaryIO) -> Encoding:
    """The best reading of a text that is not good UTF-8 throughout."""
    words: Counter[bytes] = Counter()
    good = bad = 0
    rest = b""
    for block in _blocks(file):
        *lines, rest = (rest + block).split(b"\n") if len(rest) < BLOCK else (rest, block)
        for line in lines:
            if line.isascii():
                continue
            try:
                line.decode("utf-8")
                good += 1
            except UnicodeDecodeError:
                bad += 1
                if len(words) < ENOUGH:
                    words.update(_WORD.findall(line))
    if not rest.isascii():
        bad += 1
        words.update(_WORD.findall(rest))
    if good > 2 * bad or (good > bad and bad <= 2):
        return _sampled(file, "utf-8", "UTF-8")  # lines that are not good in it are bad lines
    best = max(SINGLE, key=lambda one: _score(words, one))  # of equals, the first
    rivals = sorted(
        (one for one in SINGLE if _rivals(words, best, one)), key=lambda one: -_score(words, one)
    )
    if good or rivals or _score(words, best) <= 0:
        choices = [*(["utf-8"] if good else []), best, *(rivals or SINGLE[:1])]
        choices = list(dict.fromkeys(choices))[:3]
        raise Invalid(
            "file_encoding_doubtful",
            choices=choices,
            samples=[", ".join(_read_in(words, one)[:3]) for one in choices],
        )
    return Encoding(codecs.lookup(best).name, best, _samples(_read_in(words, best)))


def _read_in(words: Iterable[bytes], encoding: str) -> Sequence[str]:
    return [one.decode(encoding, "replace") for one in words]


def _score(words: Iterable[bytes], encoding: str) -> int:
    return sum(sum(_likely(word)) for word in _read_in(words, encoding))


def _rivals(words: Iterable[bytes], best: str, other: str) -> bool:
    """Whether the other reads more than half as well what the two of them read differently."""
    of_best = of_other = 0
    for word in words:
        one, two = word.decode(best, "replace"), word.decode(other, "replace")
        if one != two:
            scores = zip(one, two, _likely(one), _likely(two), strict=True)
            for mine, theirs, score, rival in scores:
                if mine != theirs:
                    of_best += score
                    of_other += rival
    return (of_best, of_other) != (0, 0) and of_other * 2 > of_best


def _likely(word: str) -> list[int]:
    """How much each character of a word looks right in it; 0 for plain ones."""
    return [
        0 if character <= "\x7f" else _fits(character, word[:position], word[position + 1 :])
        for position, character in enumerate(word)
    ]


def _fits(character: str, start: str, rest: str) -> int:
    before, after = start[-1:], rest[:1]
    if character == "’" and before.isalpha():
        return 3 if _ELISION.fullmatch(start) or after in {"s", "S"} else 1
    if character == "°" and start in {"n", "N"}:
        return 3
    if character in _BESIDE_WORDS:
        if before.isalpha() and after.isalpha():
            return -3
        if after.isalpha() and character in _AFTER_WORDS:
            return -1
        return 0 if before.isalpha() or after.isalpha() else 1
    if not character.isalpha() or (character.isupper() and before.islower()):
        return -3
    capitals = after.isupper() or (len(start) > 1 and start[-2:].isupper())
    if character.islower() and before.isupper() and capitals:
        return -3
    if not (before.isalpha() or after.isalpha()):
        return 1 if character in "àÀ" else -1
    if character.isupper() and before.isupper() and after.islower():
        return -1
    points = _USUAL.get(character.lower(), 0)
    return points if character.islower() else min(points, 2 if character == "É" else 1)
