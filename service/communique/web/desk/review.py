"""Review: what a party is asked, to be read from top to bottom, and its word at the end.

The form holds the full hash of what was shown, and what was shown is what was frozen under it: a
word is about nothing else.
"""

from __future__ import annotations

from dataclasses import dataclass
from textwrap import wrap

from fastapi import Response
from fastapi.responses import HTMLResponse
from markupsafe import Markup

from communique.desk import approving, inspecting, previewing, reviewing
from communique.desk.previewing import Preview
from communique.desk.reviewing import Asked, Look
from communique.domain.actor import Permission
from communique.domain.event import Verb
from communique.domain.release import ARROWS, State
from communique.domain.revision import Paragraph
from communique.domain.text import in_language
from communique.errors import Invalid, NotAllowed
from communique.web.desk import showing, standing
from communique.web.desk.asking import Asking
from communique.web.desk.releases import ONE, at, key_of, looked, shown
from communique.web.desk.routing import Pages
from communique.web.desk.saying import WORDS

pages = Pages()

# A message runs no script and reaches nothing of ours: it is its own page, which even by itself
# is in a sandbox.
FRAMED = {
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'unsafe-inline'; img-src https: data:; base-uri 'none'; "
        "form-action 'none'; frame-ancestors 'self'; sandbox"
    ),
    "X-Frame-Options": "SAMEORIGIN",
}
WAYS = ("wide", "narrow", "text")
LINE, ROOM = 26, 340  # pixels of a line of text, and of all that stands around the text


@dataclass(frozen=True, slots=True)
class Shown:
    """A message as one reader receives it, and the address of the page that it is."""

    language: str
    preview: Preview
    address: str

    @property
    def height(self) -> int:
        """About how high it is, in pixels: what is longer scrolls by itself."""
        lines = sum(len(wrap(one, 60)) for one in self.preview.text.splitlines())
        return min(2400, ROOM + LINE * lines)


@pages.get(f"{ONE}/review", Permission.READ)
async def review(ask: Asking) -> Response:
    """What is under review, as it is received, and everything one decides by."""
    return await _shown(ask)


async def _shown(
    ask: Asking, *, wrong: str = "", errors: dict[str, str] | None = None, status: int = 200
) -> Response:
    look = await looked(ask)
    stands, here = look.standing, ask.here.key
    asked = await reviewing.asked(ask.desk, ask.actor, stands, here)
    seen = await inspecting.forecast(ask.desk, ask.actor, stands.release.key)
    senders = [one.association for one in asked.content.audiences] if asked else []
    of = ask.query("of") if ask.query("of") in senders else here if here in senders else ""
    of = of or next(iter(senders), "")
    messages = await _messages(ask, look, asked, of) if asked else []
    party, release = here in stands.release.parties, stands.release
    may = ask.may(Permission.APPROVE) and party
    may_say = may and release.state is State.IN_REVIEW
    known = shown(ask, look)
    if may_say and asked and not asked.own:
        known["lead"] = WORDS[ask.language]("review.asks", who=_asking(ask, look))
    own = look.associations.get(of, ask.here)
    return showing.page(
        ask,
        "review.html",
        status=status,
        **known,
        asked=asked,
        forecasts={one.association: one for one in seen},
        messages=messages,
        of=of,
        senders=senders,
        way=ask.query("as") if ask.query("as") in WAYS else "wide",
        ways=WAYS,
        theirs=standing.theirs(stands.release, look.associations, ask),
        sender_name=in_language(own.sender.names, ask.language),
        sender=own.sender,
        relays={one.association: one.through for one in seen},
        may_say=may_say,
        may_send_back=may and release.state in ARROWS[Verb.REJECT][0],
        last=[key for key in stands.missing if key != here] == [],
        why_not=showing.told(ask, asked.why_not) if asked and asked.why_not else "",
        wrong=wrong,
        errors=errors or {},
        comment=ask.value("comment") if errors else "",
        texts=_ordered(ask, asked),
        parts=lambda names: _parts(ask, names),
        pairs=lambda names: [(one, one) for one in names],
    )


@pages.get(f"{ONE}/review/{{content}}/{{party}}/{{edition}}", Permission.READ)
async def message(ask: Asking) -> Response:
    """One message, as it was frozen, for the frame that shows it and nothing else."""
    key = await key_of(ask)
    got = await previewing.received(
        ask.desk, ask.actor, key, ask.path("content"), ask.path("party"), ask.path("edition")
    )
    return HTMLResponse(got.html, headers={**showing.HEADERS, **FRAMED})


@pages.post(f"{ONE}/review/approve", Permission.APPROVE)
async def approve(ask: Asking) -> Response:
    """Say yes to the very text that was shown."""
    key = await key_of(ask)
    try:
        _, missing = await approving.approve(
            ask.desk,
            ask.actor,
            key,
            ask.here.key,
            ask.value("person"),
            ask.value("comment"),
            content=ask.value("content"),
        )
    except (NotAllowed, Invalid) as error:
        return await _shown(ask, wrong=showing.told(ask, error), status=409)
    said = "releases.said.approved" if missing else "releases.said.approved_last"
    return showing.go(at(ask), said)


@pages.post(f"{ONE}/review/changes", Permission.APPROVE)
async def changes(ask: Asking) -> Response:
    """Send it back to its authors, who are told why."""
    key = await key_of(ask)
    if not ask.value("comment"):
        words = WORDS[ask.language]("review.changes.empty")
        return await _shown(ask, errors={"comment": str(words)}, status=422)
    try:
        await approving.reject(
            ask.desk, ask.actor, key, ask.here.key, ask.value("person"), ask.value("comment")
        )
    except Invalid as error:
        return await _shown(ask, errors={"comment": showing.told(ask, error)}, status=422)
    return showing.go(at(ask), "releases.said.sent_back")


@pages.post(f"{ONE}/review/withdraw", Permission.APPROVE)
async def withdraw(ask: Asking) -> Response:
    """Take one's own yes back, while others are still to come."""
    key = await key_of(ask)
    await approving.withdraw(
        ask.desk, ask.actor, key, ask.here.key, ask.value("person"), ask.value("comment")
    )
    return showing.go(at(ask, "/review"), "releases.said.taken_back")


async def _messages(ask: Asking, look: Look, asked: Asked, of: str) -> list[Shown]:
    """The message in each language that goes out from there, the reader's own first."""
    if not of:
        return []
    release, content = look.standing.release, asked.content
    spoken = content.association(of).languages
    content_hash = release.content_hash or ""
    found = []
    for language in spoken:
        if content.edition(language) is None:
            continue
        preview = await previewing.received(
            ask.desk, ask.actor, release.key, content_hash, of, language
        )
        found.append(Shown(language, preview, at(ask, f"/review/{content_hash}/{of}/{language}")))
    return found


def _ordered(ask: Asking, asked: Asked | None) -> list[tuple[str, tuple[Paragraph, ...]]]:
    """What changed in each language, those that the association speaks first."""
    texts = asked.since.texts if asked and asked.since else {}
    spoken = ask.here.languages
    return sorted(texts.items(), key=lambda one: [*spoken, one[0]].index(one[0]))


def _asking(ask: Asking, look: Look) -> Markup:
    """Whoever handed it in, as a sentence begins with them."""
    handed = [one for one in look.standing.history if one.verb is Verb.SUBMIT]
    who = standing.who(ask, handed[-1].actor) if handed else Markup("")
    return who[:1].upper() + who[1:]


def _parts(ask: Asking, names: tuple[str, ...]) -> object:
    """What else differs, in words: of templates and associations, which."""
    t = WORDS[ask.language]
    told: list[object] = []
    for name in names:
        kind, _, which = name.replace("templates/", "templates ").partition(" ")
        kind, _, field = kind.partition(".")
        said = f"review.part.{kind}" in t
        told.append(t(f"review.part.{kind}", which=which or field) if said else name)
    return t.join(told)
