"""Previewing: the very message that a reader would get, shown or sent to a colleague as a test.

What is shown is parsed back from bytes composed as those that are sent, so that only what is made
for one message differs: Message-ID, Date and the unsubscribe link.
"""

from __future__ import annotations

from dataclasses import dataclass
from email import message_from_bytes, policy
from email.message import EmailMessage

from communique.desk import Desk
from communique.desk.drafting import checked
from communique.domain.address import parse
from communique.domain.association import Association
from communique.domain.mail import Mail, Marks, Reader
from communique.domain.outcome import Accepted, Outcome
from communique.domain.release import Audience, Content, Release
from communique.errors import NotFound, Refused
from communique.ports import Transaction

# Leads to the page for links that are not ours: a preview that is passed on unsubscribes nobody.
NOBODY = "preview"
TEST_MARK = {"fr": "[Essai] "}


@dataclass(frozen=True, slots=True)
class Preview:
    """A message as it would go out, whole and in its parts."""

    reader: Reader
    subject: str
    text: str
    html: str
    content: bytes


async def preview(
    desk: Desk,
    key: str,
    association: str,
    *,
    language: str | None = None,
    address: str | None = None,
) -> Preview:
    """Show a release as a subscriber would receive it; as a sample reader if none is named.

    Raises Problems if the release has mistakes that submitting would find.
    """
    async with desk.store.read() as transaction:
        release = await transaction.releases.get(key)
        content, _ = await checked(desk, transaction, release)
        host = await transaction.associations.get(association)
        reader = await _reader(desk, transaction, release, host, language, address)
    composed = _composed(desk, release, content, host, reader)
    message = message_from_bytes(composed, policy=policy.default)
    return Preview(
        reader, str(message["Subject"]), _part(message, "plain"), _part(message, "html"), composed
    )


async def send_test(
    desk: Desk, key: str, association: str, address: str, *, language: str | None = None
) -> Outcome:
    """Send a release as it stands, marked as a test, to one of the association's own people.

    Nobody else: what has not been approved by every party leaves the desk by no path (P4).
    """
    async with desk.store.read() as transaction:
        release = await transaction.releases.get(key)
        host = await transaction.associations.get(association)
        wanted = parse(address)
        colleague = next((one for one in host.people if parse(one.address).key == wanted.key), None)
        if colleague is None:
            known = ", ".join(one.address for one in host.people) or "nobody"
            raise Refused(
                f"{address} is not one of {association}'s people; a test goes to nobody else",
                remedy=f"declared in association.toml: {known}",
            )
        content, _ = await checked(desk, transaction, release)
        reader = await _reader(desk, transaction, release, host, language, None)
    reader = reader._replace(address=colleague.address, given_name=colleague.name, family_name="")
    marked = _marked(content, reader.language)
    mail = Mail(
        host.sender.address, colleague.address, _composed(desk, release, marked, host, reader)
    )
    return await desk.transport(host).send(mail)


def accepted(outcome: Outcome) -> bool:
    """Whether the relay took it."""
    return isinstance(outcome, Accepted)


def _marked(content: Content, language: str) -> Content:
    document = content.load()
    for edition in document["editions"]:
        edition["subject"] = TEST_MARK.get(language, "[Test] ") + edition["subject"]
    return Content.of(document)


def _composed(
    desk: Desk, release: Release, content: Content, host: Association, reader: Reader
) -> bytes:
    now = desk.clock.now()
    identity = desk.keyring.mark("preview", release.id, now.isoformat())
    marks = Marks(
        message_id=f"{identity}@{host.list_domain}",
        unsubscribe_url=f"{desk.policy.public_url.rstrip('/')}/u/{NOBODY}",
        envelope_sender=host.sender.address,
    )
    return desk.press.composer(content, host.key, reader.language, now).compose(reader, marks)


async def _reader(
    desk: Desk,
    transaction: Transaction,
    release: Release,
    host: Association,
    language: str | None,
    address: str | None,
) -> Reader:
    """The subscriber of that address, or the template's sample reader on the audience's list."""
    audience = _audience(release, host)
    editions = release.languages_for(host.languages)
    if language and language not in editions:
        raise NotFound(
            f"{host.key} sends “{release.key}” in no “{language}”",
            remedy=f"it sends {', '.join(editions)}",
        )
    if address is None:
        theirs = language or editions[0]
        sample = desk.press.sample(release.kind.value, theirs)
        return sample._replace(language=theirs, list_key=audience.lists[0])
    contact = await transaction.subscribers.by_address(host.key, parse(address).key)
    if contact is None:
        raise NotFound(f"{host.key} has no subscriber {address}")
    theirs = language or contact.language
    if theirs not in editions:
        theirs = editions[0]
    on_lists = [one for one in audience.lists if one in contact.lists]
    return Reader(
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


def _audience(release: Release, host: Association) -> Audience:
    for one in release.audiences:
        if one.association == host.key:
            return one
    raise NotFound(
        f"“{release.key}” has no audience at {host.key}",
        remedy=f"it has at {', '.join(one.association for one in release.audiences)}",
    )


def _part(message: EmailMessage, subtype: str) -> str:
    part = message.get_body((subtype,))
    return str(part.get_content()) if part else ""
