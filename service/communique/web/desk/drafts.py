"""A draft as the form of its editor has it, and as it is read back from there.

The form has the marks of the parts that it was made from, so that two who write at once are told
apart; whatever it does not show stays as it is.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import date

from communique.desk.reviewing import Look
from communique.domain import draft, revision
from communique.domain.association import Association
from communique.domain.kind import Each, KindDefinition
from communique.domain.release import Audience, Edition, Filter, Release
from communique.domain.revision import Paragraph
from communique.domain.text import in_language, is_language
from communique.web.desk import entries
from communique.web.desk.asking import Asking
from communique.web.desk.entries import Entry, lines, listed, of_several
from communique.web.desk.fields import language_named
from communique.web.desk.saying import LANGUAGES, NAMES, WORDS

SEEN, NOW, TAKE = "seen-", "now-", "take-"  # before the names of parts, in the form
NARROWED = ("sectors", "territories", "kinds")


@dataclass(frozen=True, slots=True)
class Text:
    """One edition in the form. Its labels are in its own language, where the desk speaks that."""

    edition: Edition
    name: str  # of its language, by its own
    spoken: str  # the language of the labels
    subject: str  # and what the parts are called
    preheader: str
    body: str
    entries: tuple[Entry, ...]

    @property
    def blank(self) -> bool:
        """Whether nothing is written in it, so that leaving it out loses nothing."""
        one = self.edition
        return not any([one.subject.strip(), one.preheader.strip(), one.body.strip(), one.fields])


@dataclass(frozen=True, slots=True)
class Conflict:
    """A part that somebody else wrote meanwhile, and how the two differ: theirs, then mine."""

    part: str
    name: str
    mark: str  # of theirs
    difference: tuple[Paragraph, ...]


def texts(ask: Asking, look: Look, release: Release) -> Iterator[Text]:
    """Its editions, those first that the association speaks."""
    order = [*ask.here.languages, *(one.language for one in release.editions)]
    for one in sorted(release.editions, key=lambda each: order.index(each.language)):
        spoken = one.language if one.language in LANGUAGES else ask.language
        t, values = WORDS[spoken], one.fields
        found = entries.entries(
            ask, look.kind, Each.EDITION, values, look.associations, one.language
        )
        named = NAMES.get(one.language) or language_named(one.language, ask.language)
        yield Text(
            one,
            named[:1].upper() + named[1:],
            spoken,
            str(t("edit.text.subject")),
            str(t("edit.text.preheader")),
            str(t("edit.text.body")),
            tuple(found),
        )


def missing(ask: Asking, look: Look, release: Release) -> list[tuple[str, str]]:
    """The languages that it is not written in, of those that its associations speak."""
    written = {one.language for one in release.editions}
    spoken = [*ask.here.languages]
    spoken += [each for one in look.associations.values() for each in one.languages]
    return [
        (one, language_named(one, ask.language))
        for one in dict.fromkeys(spoken)
        if one not in written
    ]


def audience(release: Release, here: Association) -> Audience:
    """Whom of an association's own it goes to; nobody yet, where that is not chosen."""
    found = next((one for one in release.audiences if one.association == here.key), None)
    return found or Audience(here.key, ())


def typed(ask: Asking, look: Look) -> Release:
    """The release as the form has it."""
    release = look.standing.release
    known = {one.language: one for one in release.editions}
    languages = [one for one in ask.values("language-of") if is_language(one)]
    if (added := ask.value("add")) and is_language(added) and added not in languages:
        languages.append(added)
    editions = [
        _edition(ask, look.kind, known.get(one) or Edition(one, "", "", ""))
        for one in dict.fromkeys(languages)
        if one != ask.value("leave-out")
    ]
    goes_to = [one for one in release.audiences if one.association != ask.here.key]
    chosen = _audience(ask, release)
    if chosen.lists or chosen.use:
        goes_to.append(chosen)
    return replace(
        release,
        editions=tuple(editions),
        audiences=tuple(sorted(goes_to, key=lambda one: one.association)),
        link=ask.value("link"),
        newsroom=ask.value("newsroom") == "yes",
        fields=entries.read(ask, look.kind, Each.RELEASE, release.fields),
    )


def seen(ask: Asking) -> dict[str, str]:
    """The marks that the form was made from; of what one chose one's own for, theirs by now."""
    found = {
        name.removeprefix(SEEN): ask.value(name) for name in ask.fields if name.startswith(SEEN)
    }
    for name in ask.fields:
        part = name.removeprefix(TAKE)
        if name.startswith(TAKE) and f"{NOW}{part}" in ask.fields:
            found[part] = ask.value(f"{NOW}{part}")
    return found


def still_seen(seen: Mapping[str, str], wanted: Release, saved: Release) -> dict[str, str]:
    """The marks of a form that stays open once it is saved.

    What somebody else wrote of another part meanwhile is not in it: that part stays as it was seen.
    """
    mine, now = draft.parts(wanted), draft.parts(saved)
    found = {part: now[part] for part, mark in mine.items() if now.get(part) == mark}
    return {**{part: mark for part, mark in seen.items() if part in mine}, **found}


def chosen(ask: Asking, now: Release, wanted: Release) -> Release:
    """`wanted` with theirs in the place of each part that one gave up for it."""
    given_up = [
        name.removeprefix(TAKE)
        for name in ask.fields
        if name.startswith(TAKE) and ask.value(name) == "theirs"
    ]
    return draft.taken(wanted, now, given_up)


def conflicts(ask: Asking, now: Release, wanted: Release, parts: list[str]) -> Iterator[Conflict]:
    """How mine differ from theirs, part by part."""
    marks = draft.parts(now)
    for part in parts:
        difference = revision.changed(_told(now, part), _told(wanted, part))
        yield Conflict(part, _named(ask, part), marks.get(part, draft.NONE), difference)


def _named(ask: Asking, part: str) -> str:
    t = WORDS[ask.language]
    kind, _, key = part.partition(" ")
    if kind == draft.EDITION:
        return str(t("edit.conflict.edition", language=language_named(key, ask.language)))
    return str(t(f"edit.conflict.{kind}"))


def _told(release: Release, part: str) -> str:
    """A part as text, to be compared."""
    kind, _, key = part.partition(" ")
    said: list[object] = []
    match kind:
        case draft.EDITION:
            for one in release.editions:
                if one.language == key:
                    said = [one.subject, one.preheader, one.body, *_values(one.fields)]
        case draft.AUDIENCE:
            for each in release.audiences:
                if each.association == key:
                    only = each.only
                    narrowed = [*only.sectors, *only.territories, *only.kinds, *only.languages]
                    said = [*each.lists, *each.without, *narrowed, only.since or ""]
        case _:
            said = [release.link, *_values(release.fields)]
    return "\n\n".join(str(one) for one in said if one)


def _values(fields: Mapping[str, object]) -> Iterator[str]:
    for key, value in sorted(fields.items()):
        yield f"{key}: {value}"


def _edition(ask: Asking, kind: KindDefinition, before: Edition) -> Edition:
    """An edition as it was typed; what only a browser changes about a text is no change."""
    at = before.language
    subject, preheader = (
        " ".join(ask.value(f"{at}-{one}").split()) for one in ("subject", "preheader")
    )
    body = lines(ask.value(f"{at}-body"))
    return replace(
        before,
        subject=before.subject if subject.split() == before.subject.split() else subject,
        preheader=before.preheader if preheader.split() == before.preheader.split() else preheader,
        body=before.body if body == lines(before.body) else f"{body}\n" if body else "",
        fields=entries.read(ask, kind, Each.EDITION, before.fields, at),
    )


def _audience(ask: Asking, release: Release) -> Audience:
    """Whom it goes to: one that is kept, where another was chosen; else what is ticked."""
    before, here = audience(release, ask.here), ask.here
    use = ask.value("use")
    if use and use != before.use:
        return Audience(here.key, (), use=use)
    known = [one.key for one in here.lists]
    since = before.only.since
    with suppress(ValueError):
        since = date.fromisoformat(ask.value("only-since")) if ask.value("only-since") else None
    only = Filter(
        **{name: listed(ask.value(f"only-{name}")) for name in NARROWED},
        languages=of_several(ask.values("only-languages"), before.only.languages),
        since=since,
    )
    made = Audience(
        here.key,
        of_several([one for one in ask.values("lists") if one in known], before.lists),
        only,
        of_several([one for one in ask.values("without") if one in known], before.without),
    )
    same = replace(made, use=before.use)
    return before if same == before and use == before.use else made


def kept_audiences(ask: Asking) -> list[tuple[str, str]]:
    """The audiences that the association keeps, by key and name."""
    return [(one.key, in_language(one.names, ask.language)) for one in ask.here.audiences]
