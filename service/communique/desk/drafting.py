"""Writing a release: filing it, editing it, and handing it in for review.

Submitting freezes all that shapes what is received; whoever approves, approves that.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from communique.desk import Desk
from communique.domain.approval import Approval, Word, counting
from communique.domain.association import Association, to_document
from communique.domain.release import Content, Release, State, after, freeze
from communique.errors import CommuniqueError, Invalid, NotFound, Problems, Refused
from communique.ports import Transaction

# What of an association's declaration never reaches a reader, so that a new colleague or another
# relay voids no approval.
UNSEEN = ("people", "transport")


async def file(desk: Desk, release: Release) -> tuple[Release, str]:
    """Add a release, or edit the one with its key; says `filed`, `edited` or `unchanged`.

    An edit that changes the content voids its approvals, for they speak of another hash.
    """
    async with desk.store.begin() as transaction:
        await _check_references(transaction, release)
        now = desk.clock.now()
        try:
            before = await transaction.releases.get(release.key, hold=True)
        except NotFound:
            filed = await transaction.releases.save(replace(release, state=State.DRAFT), now)
            await transaction.releases.note(filed.id, "file", State.DRAFT, now)
            return filed, "filed"
        if _written(before) == _written(release):
            return before, "unchanged"
        edited = replace(
            release,
            state=after(before.state, "edit"),
            schedule=release.schedule or before.schedule,
            content_hash=None,
        )
        last = {one.association: one.word for one in await words(transaction, before)}
        void = sum(word is Word.APPROVED for word in last.values())
        detail = f"{void} approval{' is' if void == 1 else 's are'} void" if void else ""
        edited = await transaction.releases.save(edited, now)
        await transaction.releases.note(edited.id, "edit", edited.state, now, detail)
        return edited, "edited"


async def words(transaction: Transaction, release: Release) -> tuple[Approval, ...]:
    """What parties said of what is under review or approved; a draft has no word that counts."""
    if release.state is State.DRAFT:
        return ()
    history = await transaction.releases.history(release.id)
    submitted = [one.at for one in history if one.verb == "submit"]
    said = await transaction.releases.approvals(release.id)
    return counting(said, release.content_hash, submitted[-1] if submitted else None)


async def submit(desk: Desk, key: str) -> tuple[Release, Sequence[str]]:
    """Hand a draft in for review: check it whole, freeze it. The release, and any warnings.

    Raises Problems that name every mistake with its file and line; then nothing has changed.
    """
    async with desk.store.begin() as transaction:
        release = await transaction.releases.get(key, hold=True)
        to = after(release.state, "submit")
        content, warnings = await checked(desk, transaction, release)
        now = desk.clock.now()
        await transaction.releases.freeze(content, now)
        await transaction.releases.move(
            release, to, verb="submit", at=now, content_hash=content.hash
        )
        return await transaction.releases.get(key), warnings


async def checked(
    desk: Desk, transaction: Transaction, release: Release
) -> tuple[Content, Sequence[str]]:
    """The content as it stands now, whole and without a mistake, and its warnings."""
    associations = await _check_references(transaction, release)
    problems = [*_incomplete(release, associations)]
    content = await frozen(desk, transaction, release)
    try:
        warnings = desk.press.check(content, release.editions)
    except Problems as found:
        raise Problems([*problems, *found.problems], f"“{release.key}” cannot be sent") from found
    if problems:
        raise Problems(problems, f"“{release.key}” cannot be sent")
    return content, warnings


async def frozen(desk: Desk, transaction: Transaction, release: Release) -> Content:
    """The content as it stands now: from the store, and from the templates on disk."""
    keys = {*release.parties, *(one.association for one in release.audiences)}
    documents = []
    for key in sorted(keys):
        document = to_document(await transaction.associations.get(key))
        documents.append({name: value for name, value in document.items() if name not in UNSEEN})
    return freeze(release, documents, desk.press.templates(release.kind.value))


async def _check_references(transaction: Transaction, release: Release) -> dict[str, Association]:
    """The associations that are known, by key. Raises Problems if what a release names is not."""
    known = {one.key: one for one in await transaction.associations.all()}
    problems: list[CommuniqueError] = []
    if not release.parties:
        problems.append(Invalid("a release needs at least one party"))
    named = dict.fromkeys([*release.parties, *(one.association for one in release.audiences)])
    problems += [
        NotFound(
            f"there is no association “{key}” (known: {', '.join(known) or 'none'})",
            remedy="run `communique sync`",
        )
        for key in named
        if key not in known
    ]
    for audience in release.audiences:
        host = known.get(audience.association)
        if host is None:
            continue  # said above
        for key in audience.lists:
            try:
                host.list_named(key)
            except NotFound as error:
                problems.append(error)
        if host.key not in release.parties:
            problems.append(
                Invalid(
                    f"{host.key} is an audience but no party: an association must approve "
                    "what its own members are sent",
                    remedy=f"add “{host.key}” to parties",
                )
            )
    if release.agreement:
        try:
            await transaction.associations.agreement(release.agreement)
        except NotFound as error:
            problems.append(error)
    if problems:
        raise Problems(problems, f"“{release.key}” names what is not here")
    return known


def _incomplete(release: Release, associations: dict[str, Association]) -> list[CommuniqueError]:
    """What the law or plain sense asks for and a release lacks (MAIL.md §4)."""
    problems: list[CommuniqueError] = []
    if not release.audiences:
        problems.append(Invalid("the release has no audience"))
    if not release.editions:
        problems.append(Invalid("the release has no edition"))
    written = {one.language for one in release.editions}
    for audience in release.audiences:
        host = associations[audience.association]
        if not written & set(host.languages):
            problems.append(
                Invalid(
                    f"no edition is in a language of {host.key} ({', '.join(host.languages)})",
                    remedy=f"write {host.language}.md",
                )
            )
    for key in release.parties:
        party = associations[key]
        if party.requires_french and "fr" not in written:
            problems.append(
                Invalid(f"{key} requires a French edition", remedy="write fr.md and import again")
            )
        problems += [
            Invalid(f"{key} has no {what}: the footer must name one")
            for what, value in (
                ("postal address", party.postal_address),
                ("contact address", party.contact),
            )
            if not value.strip()
        ]
    return problems


def _written(release: Release) -> tuple[object, ...]:
    """What an author writes, comparable."""
    return (
        release.kind,
        release.parties,
        release.agreement,
        release.link,
        {(e.language, e.subject, e.preheader, e.body) for e in release.editions},
        set(release.audiences),
    )


async def require_unchanged(desk: Desk, transaction: Transaction, release: Release) -> None:
    """Raise Refused, naming what differs, if the content is no longer the one under review (P4)."""
    if release.content_hash is None:
        raise Refused(f"“{release.key}” has not been submitted", remedy="submit it first")
    if differing := await changed(desk, transaction, release):
        first = "reject it, " if release.state is State.IN_REVIEW else ""
        raise Refused(
            f"the content of “{release.key}” changed since it was submitted: "
            f"{', '.join(differing)}",
            remedy=f"{first}submit it again, and have every party approve it again",
        )


async def changed(desk: Desk, transaction: Transaction, release: Release) -> list[str]:
    """What differs between what was submitted and what is here now; nothing if it is the same."""
    if release.content_hash is None:
        return []
    now = await frozen(desk, transaction, release)
    if now.hash == release.content_hash:
        return []
    return differences(await transaction.releases.content(release.content_hash), now)


def differences(before: Content, now: Content) -> list[str]:
    """Which parts of two contents differ, in words that an author knows."""
    one, other = before.load(), now.load()
    found = []
    for part in sorted(one):
        was, is_ = one[part], other[part]
        if was == is_:
            continue
        if part == "templates":
            names = sorted(was.keys() | is_.keys())
            found += [f"templates/{name}" for name in names if was.get(name) != is_.get(name)]
        elif part in ("editions", "associations"):
            label, noun = ("language", "edition") if part == "editions" else ("key", "association")
            was, is_ = ({item[label]: item for item in items} for items in (was, is_))
            names = sorted(was.keys() | is_.keys())
            found += [f"{noun} {name}" for name in names if was.get(name) != is_.get(name)]
        else:
            found.append(part)
    return found
