"""Finds, before anybody approves, whatever could fail when a release is sent.

Unknown names are found by reading, in every branch; the rest by rendering for readers with every
awkwardness that rosters hold. Sends nothing, and reads nothing but the frozen content.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from types import MappingProxyType
from typing import NamedTuple

from jinja2 import Environment

from communique.domain import law
from communique.domain.association import Association
from communique.domain.content import Frozen, Variant
from communique.domain.fields import problems
from communique.domain.kind import Each
from communique.domain.law import Asked, Need
from communique.domain.mail import MessageIdentity, Recipient
from communique.domain.release import Edition
from communique.domain.text import abbreviated, in_language
from communique.errors import CommuniqueError, Problems, TemplateInvalid
from communique.facts import Fact
from communique.messages import bounds, calendar, fields, grammar, markdown
from communique.messages.linking import Meant, in_line
from communique.messages.mime import plain_text
from communique.messages.names import COMMON, PERSONAL, web_as_written
from communique.messages.render import (
    HTML_LIMIT,
    Flat,
    environment,
    flat,
    prepared,
    too_long,
)
from communique.messages.seen import WAY_OUT
from communique.messages.sources import read

HTML_WARNING = 90 * 1024  # octets
SUBJECT_WARNING = 78  # characters; most inboxes show fewer

# What may be meant as it is, and stands in nobody's way.
WARNINGS = frozenset({"edition_address_bare", "edition_html_long", "edition_subject_long"})

_PLAIN = Recipient(
    address="jordan.lee@example.test",
    given_name="Jordan",
    family_name="Lee",
    language="en",
    role="Director",
    member="Example Therapeutics",
    sector="Therapeutics",
    territory="Québec",
    kind="company",
    list_key="",
)
_READERS = (
    _PLAIN,
    _PLAIN._replace(given_name="", family_name="", role="", member="", sector="", territory=""),
    _PLAIN._replace(
        given_name="Noémie-Ève",
        family_name="L’Écuyer {{ 7 }} {% if %}",
        member='O\'Brien & Fils <Biologie> "du Nord"',
        territory="Massachusetts",
        kind="institution",
    ),
    _PLAIN._replace(
        given_name="שירה " * 8,
        family_name="🧬" * 40,
        member="Institut " * 20,
        role="x" * 120,
    ),
)
_MARKS = MessageIdentity(
    message_id=f"{'m' * 26}@lists.example",
    unsubscribe_url=f"https://example.test/u/{'t' * 80}",
    envelope_sender="bounce@example.test",
    pass_url=f"https://example.test/p/{'t' * 40}",
)


def check(
    content: Frozen,
    editions: tuple[Edition, ...] = (),
    asks: Mapping[str, Asked] = MappingProxyType({}),
) -> tuple[CommuniqueError, ...]:
    """Warnings about content that can be sent. Raises Problems with all that stands in its way.

    Every edition is tried for every association of the audiences. `editions` only tell messages
    which file and line a text came from; `asks`, what the law asks of each association's.
    """
    found: list[CommuniqueError] = [*_fields(content, editions)]
    sayable = not found  # else nothing can be tried
    for language in [one.language for one in content.editions]:
        written = list(_written(content, language, editions))
        found += written
        if not sayable or any(one.code not in WARNINGS for one in written):
            continue
        for audience in content.audiences:
            try:
                found += _tried(content, audience.association, language, editions, asks)
            except TemplateInvalid as error:
                found.append(error)
    once = {str(one): one for one in found}.values()  # a template's shows in every language
    if wrong := [one for one in once if one.code not in WARNINGS]:
        soft = [one for one in once if one.code in WARNINGS]
        raise Problems(wrong, "release_not_renderable").beside(soft)
    return tuple(once)


def _fields(content: Frozen, editions: tuple[Edition, ...]) -> Iterator[TemplateInvalid]:
    """What is wrong with the values of its kind's fields."""
    try:
        kind = fields.declared(content.templates, content.kind)
    except TemplateInvalid as error:
        yield error
        return
    origins = {one.language: one.source for one in editions}
    for key, wrong in problems(kind, Each.RELEASE, content.fields, content.parties):
        yield TemplateInvalid.of(wrong, key=key)
    for one in content.editions:
        file = origins.get(one.language) or f"edition {one.language}"
        for key, wrong in problems(kind, Each.EDITION, one.fields, content.parties):
            yield TemplateInvalid.of(wrong, file=file, key=key)


def _written(
    content: Frozen, language: str, editions: tuple[Edition, ...]
) -> Iterator[CommuniqueError]:
    """What is wrong with the texts as they are written, or may be."""
    try:
        sources = read(content, language, editions)
    except TemplateInvalid as error:
        yield error
        return
    bare = environment(None, language)
    found: list[CommuniqueError] = []
    for source in sources.all():
        # An edition and a fixed sentence can name neither themselves nor each other.
        known = sources.names if source.name in sources.templates else {**PERSONAL, **COMMON}
        found += grammar.problems(bare, source, known)
    yield from found or bounds.problems(bare, sources.all(), len(content.parties))
    if not any(one.file == source.file for one in found for source in sources.edition.values()):
        yield from _dead_links(bare, sources.edition["body"])
        for key in ("subject", "preheader"):
            source = sources.edition[key]
            for one in in_line(grammar.prose(bare, source, markdown.VALUE)):
                yield _meant(source, one)


def _dead_links(bare: Environment, body: grammar.Source) -> Iterator[TemplateInvalid]:
    if len(body.text) > bounds.WRITTEN:
        yield body.invalid("template_too_long", None, most=bounds.WRITTEN // 1024)
        return
    text = grammar.prose(bare, body, markdown.VALUE)
    if line := bounds.too_wide(text):
        yield body.invalid("edition_table_too_wide", line, most=bounds.COLUMNS)
        return
    for link in markdown.links(text):
        url = link.url.replace(markdown.VALUE, "…")
        if link.image:
            yield body.invalid("edition_image", link.line, url=url)
        elif hint := link.hint:
            yield body.invalid("edition_link_dead", link.line, url=url, hint=hint)
    for one in markdown.meant(text):
        yield _meant(body, one)


def _meant(source: grammar.Source, one: Meant) -> TemplateInvalid:
    return source.invalid(
        one.code, one.line, text=abbreviated(one.text.replace(markdown.VALUE, "…"))
    )


def _tried(
    content: Frozen,
    association: str,
    language: str,
    editions: tuple[Edition, ...],
    asks: Mapping[str, Asked],
) -> Iterator[TemplateInvalid]:
    """Warnings, and what the law forbids; raises what cannot be rendered at all."""
    variant = Variant(content, association, language, datetime(2019, 5, 30, tzinfo=UTC))
    host = variant.host
    asked = asks.get(association) or law.asked(host.jurisdiction, territories=None)
    wanted = _wanted(content, host, language)
    press = variant.press_lists
    common = flat(variant, editions)
    everybody = editors = prepared(common, variant)
    yield from _unlawful(common, content.kind, wanted, asked)
    if press:
        common = flat(replace(variant, press=True), editions)
        editors = prepared(common, variant)
        yield from _unlawful(common, content.kind, wanted, asked)
    calendar.parts(variant)
    answers = any(
        one.language == language and law.answering(one.subject) for one in content.editions
    )
    lists = [one.key for one in host.lists] or [""]
    for reader in _READERS:
        for key in lists:
            rendered = (editors if key in press else everybody).render(
                reader._replace(language=language, list_key=key), _MARKS
            )
            size = len(plain_text(rendered.html).encode())
            if size > HTML_LIMIT:
                raise too_long(language, size)
            if size > HTML_WARNING:
                yield TemplateInvalid(
                    "edition_html_long", size=size // 1024, file=f"edition {language}"
                )
            if not rendered.subject:
                raise TemplateInvalid("subject_empty", file=f"edition {language}, subject")
            if not answers:
                yield from _misleading(rendered.subject, language, asked)
            if reader is _PLAIN and len(rendered.subject) > SUBJECT_WARNING:
                yield TemplateInvalid(
                    "edition_subject_long",
                    characters=len(rendered.subject),
                    file=f"edition {language}",
                )


def _misleading(subject: str, language: str, asked: Asked) -> Iterator[TemplateInvalid]:
    """A subject that passes for an answer only once it is rendered; how it is written is looked at
    beside this (`desk.lawful`).
    """
    if (begins := law.answering(subject)) and asked.asks(Need.HONEST_SUBJECT):
        yield TemplateInvalid(
            "subject_as_answer",
            begins=begins,
            file=f"edition {language}",
            rules=asked.names(Need.HONEST_SUBJECT),
        )


class _Wanted(NamedTuple):
    """Something that every reader is to be shown: any of `texts` will do."""

    need: Need
    what: str  # a fact's code
    name: str  # what templates call it
    texts: tuple[str, ...]

    def stands_in(self, text: str) -> bool:
        """Whether a text says it."""
        words = _bare(text)
        return any(_bare(one) in words for one in self.texts)


def _wanted(content: Frozen, host: Association, language: str) -> list[_Wanted]:
    """What the law may want a message of this association to show (docs/law.md)."""
    parties = [in_language(content.association(one).names, language) for one in content.parties]
    reached = (host.phone, host.contact, host.web, web_as_written(host.web))
    return [
        _Wanted(
            Need.NAMES, "the_sender_name", "association.name", (in_language(host.names, language),)
        ),
        *(_Wanted(Need.NAMES, "the_names_of_senders", "parties", (one,)) for one in parties),
        _Wanted(
            Need.POSTAL_ADDRESS,
            "the_postal_address",
            "association.postal_address",
            (host.postal_address,),
        ),
        _Wanted(
            Need.CONTACT,
            "the_way_to_answer",
            "association.contact",
            tuple(one for one in reached if one),
        ),
    ]


def _unlawful(
    flat: Flat, kind: str, wanted: Iterable[_Wanted], asked: Asked
) -> Iterator[TemplateInvalid]:
    """What the law wants every reader to find and some are not shown (docs/law.md)."""
    out = _Wanted(Need.WAY_OUT, "the_link_to_unsubscribe", "unsubscribe_url", (WAY_OUT,))
    for part in ("body.html", "body.txt"):
        every = flat.seen(f"{kind}/{part}")
        for one in (*wanted, out):
            if asked.asks(one.need) and not all(seen.shown.shows(one.stands_in) for seen in every):
                there = any(one.stands_in(seen.written) for seen in every)
                yield TemplateInvalid(
                    "lawful_part_hidden" if there else "lawful_part_missing",
                    what=Fact(one.what),
                    name=one.name,
                    part=part,
                    rules=asked.names(one.need),
                    file=f"templates/{kind}/{part}",
                )


def _bare(text: str) -> str:
    """Its words alone: lines may be broken anywhere between them."""
    return " ".join(text.split())
