"""Previewing: the very message that a reader would get, shown or sent to a colleague as a test.

What is shown is parsed back from bytes composed as those that are sent, so that only what is made
for one message differs: Message-ID, Date and the unsubscribe link.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, replace
from email import message_from_bytes, policy
from email.message import EmailMessage

from communique.desk import Desk, access
from communique.desk.comparing import declared, frozen
from communique.desk.drafting import checkable, checked
from communique.desk.stepping import note
from communique.domain.actor import Actor, Permission
from communique.domain.address import parse
from communique.domain.association import Association
from communique.domain.content import Frozen, Variant
from communique.domain.event import Verb
from communique.domain.kind import UNWRITTEN
from communique.domain.mail import Message, MessageIdentity, Recipient
from communique.domain.member import Contact
from communique.domain.newsroom import all_news
from communique.domain.outcome import Accepted, Answer
from communique.domain.release import Audience, Release
from communique.errors import NotAllowed, NotFound
from communique.facts import Fact
from communique.ports import Transaction

# Leads to a page that says so: a preview or a test that is passed on unsubscribes nobody.
NOBODY = "preview"
TEST_MARK = {"fr": "[Essai] "}


@dataclass(frozen=True, slots=True)
class Preview:
    """A message as it would go out, whole and in its parts."""

    reader: Recipient
    subject: str
    text: str
    html: str
    content: bytes


async def preview(
    desk: Desk,
    actor: Actor,
    key: str,
    association: str,
    *,
    language: str | None = None,
    address: str | None = None,
    list_key: str | None = None,
) -> Preview:
    """Show a release as a subscriber would receive it; as a sample reader if none is named, and by
    one of its lists, the first if none is. On one of the press, they see what only those get.

    A party may see what its partner's members will, as a sample reader of theirs. Raises Problems
    if the release has mistakes that submitting would find, and NotFound for another list.
    """
    async with desk.store.read() as transaction:
        release = await transaction.releases.get(actor.scope, key)
        reading = await checkable(transaction, actor, release)
        owner = reading.associations.get(association)
        if owner is None:
            owner = await transaction.associations.get(actor.scope, association)
        contact = None
        if address is not None:
            contact = await _contact(transaction, actor, release, owner, address)
    content, _ = await checked(desk, reading)

    def show() -> Preview:
        reader = _reader(desk, release, owner, language, contact)
        if list_key is not None:
            reader = reader._replace(list_key=_list(release, owner, list_key))
        return parsed(reader, _composed(desk, release, content.read(), owner, reader))

    return await asyncio.to_thread(show)


async def drafted(desk: Desk, actor: Actor, key: str, association: str, language: str) -> Preview:
    """One edition of a release that is being written, as a sample reader there would receive it.

    Whatever else it lacks, that edition is looked at alone. Raises Problems with what of it cannot
    be rendered, or would not be lawful.
    """
    async with desk.store.read() as transaction:
        release = await transaction.releases.get(actor.scope, key)
        known = await declared(transaction, release)
        if association not in known:
            raise NotFound("association_unknown", association=association, known=sorted(known))
    owner = known[association]

    def show() -> Preview:
        one = _alone(release, owner, language)
        content = frozen(one, known, desk.press.templates(one.kind)).read()
        desk.press.check(content, one.editions, {})  # what is rendered is bounded
        reader = _reader(desk, one, owner, language, None)
        return parsed(reader, _composed(desk, one, content, owner, reader))

    return await asyncio.to_thread(show)


def _alone(release: Release, owner: Association, language: str) -> Release:
    """A release with that edition only, for its readers at one association; what an edition cannot
    be without is there.
    """
    editions = tuple(
        replace(one, subject=one.subject if one.subject.strip() else UNWRITTEN)
        for one in release.editions
        if one.language == language
    )
    chosen = [one for one in release.audiences if one.association == owner.key]
    audience = chosen[0] if chosen else Audience(owner.key, tuple(one.key for one in owner.lists))
    return replace(release, editions=editions, audiences=(audience,))


async def received(
    desk: Desk, actor: Actor, key: str, content_hash: str, association: str, language: str
) -> Preview:
    """What was frozen under that hash, as a sample reader there would receive it in a language.

    It is what is approved, whatever was edited or declared since. Raises NotFound for a content
    that no release of that key has or had, and for a message that there is none of.
    """
    async with desk.store.read() as transaction:
        release = await transaction.releases.get(actor.scope, key)
        content = await transaction.releases.content(actor.scope, content_hash)

    def show() -> Preview:
        kept = content.read()
        if kept.key != release.key:
            raise NotFound("content_gone", content=content_hash[:12])
        was = replace(release, editions=kept.editions, audiences=kept.audiences)
        host = kept.association(association)
        reader = _reader(desk, was, host, language, None)
        return parsed(reader, _composed(desk, was, kept, host, reader))

    return await asyncio.to_thread(show)


async def send_test(
    desk: Desk,
    actor: Actor,
    key: str,
    association: str,
    address: str,
    *,
    language: str | None = None,
) -> Answer:
    """Send a release as it stands, marked as a test, to one of the association's own people.

    Nobody else: what has not been approved by every party leaves the desk by no path (P4).
    """
    async with desk.store.read() as transaction:
        release = await transaction.releases.get(actor.scope, key)
        owner = await transaction.associations.get(actor.scope, association)
        access.require(actor, Permission.EDIT, association)
        wanted = parse(address)
        colleague = next(
            (one for one in owner.people if parse(one.address).key == wanted.key), None
        )
        if colleague is None:
            known = [one.address for one in owner.people]
            raise NotAllowed(
                "person_unknown", address=address, association=association, known=known
            )
        reading = await checkable(transaction, actor, release)
    content, _ = await checked(desk, reading)

    def compose() -> bytes:
        reader = _reader(desk, release, owner, language, None)
        reader = reader._replace(
            address=colleague.address, given_name=colleague.name, family_name=""
        )
        return _composed(desk, release, _marked(content.read(), reader.language), owner, reader)

    composed = await asyncio.to_thread(compose)
    message = Message(owner.sender.address, colleague.address, composed)
    transport = desk.transport(owner)
    async with desk.store.begin() as transaction:  # noted first: what leaves the desk is known
        release = await transaction.releases.by_id(actor.scope, release.id)
        why = Fact("test_sent_to", person=colleague.name, association=association)
        await note(desk, transaction, release, Verb.TEST, actor, why=why)
    return await transport.send(message)


def accepted(answer: Answer) -> bool:
    """Whether the relay took it."""
    return isinstance(answer, Accepted)


def _marked(content: Frozen, language: str) -> Frozen:
    mark = TEST_MARK.get(language, "[Test] ")
    marked = tuple(replace(one, subject=mark + one.subject) for one in content.editions)
    return replace(content, editions=marked)


def _composed(
    desk: Desk, release: Release, content: Frozen, association: Association, reader: Recipient
) -> bytes:
    now = desk.clock.now()
    identity = desk.keyring.mark("preview", release.id, now.isoformat())
    marks = MessageIdentity(
        message_id=f"{identity}@{association.list_domain}",
        unsubscribe_url=f"{desk.policy.public_url.rstrip('/')}/u/{NOBODY}",
        envelope_sender=association.sender.address,
        pass_url=f"{desk.policy.public_url.rstrip('/')}/p/{NOBODY}",
    )
    until = release.public_from
    variant = Variant(
        content,
        association.key,
        reader.language,
        now,
        embargo=until if until and until > now else None,
        newsroom=all_news(
            desk.policy.public_url, content.association(association.key), reader.language
        ),
    )
    return desk.press.composer(variant).compose(reader, marks)


async def _contact(
    transaction: Transaction, actor: Actor, release: Release, association: Association, address: str
) -> Contact:
    """The subscriber of that address. Raises NotFound."""
    _audience(release, association)
    found = await transaction.subscribers.by_address(
        actor.scope, association.key, parse(address).key
    )
    if found is None:
        raise NotFound("subscriber_unknown", association=association.key, address=address)
    return found


def _reader(
    desk: Desk,
    release: Release,
    association: Association,
    language: str | None,
    contact: Contact | None,
) -> Recipient:
    """A subscriber, or the template's sample reader on the audience's list."""
    audience = _audience(release, association)
    editions = release.languages_for(association.languages)
    if language and language not in editions:
        raise NotFound(
            "edition_unknown",
            association=association.key,
            release=release.key,
            language=language,
            known=list(editions),
        )
    if contact is None:
        theirs = language or editions[0]
        sample = desk.press.sample(release.kind, theirs)
        return sample._replace(language=theirs, list_key=audience.lists[0])
    theirs = language or contact.language
    if theirs not in editions:
        theirs = editions[0]
    on_lists = [one for one in audience.lists if one in contact.lists]
    return Recipient(
        address=contact.address,
        given_name=contact.given_name,
        family_name=contact.family_name,
        language=theirs,
        role=contact.role,
        member=contact.member.name,
        sector=contact.member.sector,
        territory=contact.member.territory,
        kind=contact.member.kind,
        list_key=(on_lists or list(audience.lists))[0],
    )


def _list(release: Release, association: Association, key: str) -> str:
    known = _audience(release, association).lists
    if key not in known:
        raise NotFound("list_not_frozen", association=association.key, list=key, known=list(known))
    return key


def parsed(reader: Recipient, composed: bytes) -> Preview:
    """A message in its parts, read back from its octets."""
    message = message_from_bytes(composed, policy=policy.default)
    return Preview(
        reader, str(message["Subject"]), _part(message, "plain"), _part(message, "html"), composed
    )


def headers(composed: bytes) -> tuple[tuple[str, str], ...]:
    """The headers of a message, in their order, each on one line."""
    message = message_from_bytes(composed, policy=policy.default)
    return tuple((name, " ".join(str(value).split())) for name, value in message.items())


def _audience(release: Release, association: Association) -> Audience:
    for one in release.audiences:
        if one.association == association.key:
            return one
    raise NotFound(
        "audience_unknown",
        release=release.key,
        association=association.key,
        known=[one.association for one in release.audiences],
    )


def _part(message: EmailMessage, subtype: str) -> str:
    part = message.get_body((subtype,))
    return str(part.get_content()) if part else ""
