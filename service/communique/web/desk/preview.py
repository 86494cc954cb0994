"""A draft as it will be received: one edition, for an invented reader, in a frame of its own.

It is composed as what is sent. What cannot be composed yet says in the frame what it lacks.
"""

from __future__ import annotations

from dataclasses import dataclass

from fastapi import Response
from fastapi.responses import HTMLResponse
from markupsafe import Markup, escape

from communique.desk import previewing
from communique.desk.reviewing import Look
from communique.domain.actor import Permission
from communique.domain.release import Release
from communique.domain.text import in_language
from communique.errors import CommuniqueError, NotFound, Problems
from communique.web.desk import showing
from communique.web.desk.asking import Asking
from communique.web.desk.fields import language_named
from communique.web.desk.releases import ONE, at, key_of
from communique.web.desk.review import FRAMED
from communique.web.desk.routing import Pages
from communique.web.desk.saying import WORDS

pages = Pages()

WAYS = ("narrow", "wide", "dark", "text")
BY_NIGHT = "(prefers-color-scheme: dark)"  # of a style that a reader's dark mode has
# What is no message has the desk's manner as far as a page without our style can.
PLAIN = Markup(
    '<!DOCTYPE html><html lang="{language}"><head><meta charset="utf-8">'
    '<meta name="color-scheme" content="light dark"><title>{title}</title><style>'
    "body{{margin:1.25rem;font:1rem/1.5 system-ui,sans-serif;overflow-wrap:anywhere}}"
    "pre{{margin:0;font:.875rem/1.6 ui-monospace,monospace;white-space:pre-wrap}}"
    "li{{margin-block:.5rem}}ul{{padding-left:1.25rem}}"
    "</style></head><body>{body}</body></html>"
)


@dataclass(frozen=True, slots=True)
class Beside:
    """What is shown beside the texts, and what else can be."""

    party: str
    language: str
    way: str
    subject: str
    sender: str
    address: str  # of what sends it
    frame: str  # the address of the frame
    readers: tuple[tuple[str, str], ...]  # party and language, and their words

    def show(self, reader: str = "", way: str = "") -> str:
        """What a button says to show another reader, or another way."""
        return f"{reader or self.reader}.{way or self.way}"

    @property
    def reader(self) -> str:
        return f"{self.party}.{self.language}"


def beside(ask: Asking, look: Look, release: Release) -> Beside | None:
    """What the address asks for, else the association's first language; nothing without a text."""
    readers = dict(_readers(ask, look, release))
    party, _, rest = ask.query("show").partition(".")
    language, _, way = rest.partition(".")
    reader = f"{party}.{language}"
    if reader not in readers:
        reader = next(iter(readers), "")
    if not reader:
        return None
    party, _, language = reader.partition(".")
    way = way if way in WAYS else WAYS[0]
    host = look.associations[party]
    text = next(one for one in release.editions if one.language == language)
    return Beside(
        party,
        language,
        way,
        text.subject,
        in_language(host.sender.names, language),
        host.sender.address,
        at(ask, f"/edit/{party}/{language}") + (f"?as={way}" if way in ("text", "dark") else ""),
        tuple(readers.items()),
    )


def _readers(ask: Asking, look: Look, release: Release) -> list[tuple[str, str]]:
    """Who reads it: in each language that is written, of the association first."""
    found = []
    t = WORDS[ask.language]
    keys = [ask.here.key, *(one.association for one in release.audiences), *release.parties]
    for key in dict.fromkeys(keys):
        host = look.associations.get(key)
        for language in release.languages_for(host.languages) if host else ():
            named = language_named(language, ask.language)
            words = named[:1].upper() + named[1:]
            if key != ask.here.key and host:
                name = in_language(host.names, ask.language)
                words = str(t("edit.preview.of", language=words, who=name))
            found.append((f"{key}.{language}", words))
    return found


@pages.get(f"{ONE}/edit/{{party}}/{{edition}}", Permission.EDIT)
async def message(ask: Asking) -> Response:
    """The message alone, for the frame that shows it and nothing else."""
    key = await key_of(ask)
    try:
        got = await previewing.drafted(
            ask.desk, ask.actor, key, ask.path("party"), ask.path("edition")
        )
    except NotFound:
        raise
    except Problems as error:
        return _framed(_lacking(ask, error.problems))
    except CommuniqueError as error:
        return _framed(_lacking(ask, [error]))
    if ask.query("as") == "text":
        text = Markup("<pre>{}</pre>").format(got.text)
        return _framed(PLAIN.format(language=ask.path("edition"), title=got.subject, body=text))
    dark = ask.query("as") == "dark"
    return _framed(got.html.replace(BY_NIGHT, "all") if dark else got.html)


def _lacking(ask: Asking, problems: list[CommuniqueError]) -> str:
    """What it lacks to be shown, in the reader's words."""
    t = WORDS[ask.language]
    told = Markup("").join(Markup("<li>{}</li>").format(showing.told(ask, one)) for one in problems)
    body = Markup("<p>{}</p><ul>{}</ul>").format(t("edit.preview.lacking"), told)
    title = escape(t("edit.preview.title"))
    return PLAIN.format(language=ask.language, title=title, body=body)


def _framed(html: str) -> HTMLResponse:
    return HTMLResponse(html, headers={**showing.HEADERS, **FRAMED})
