"""An uploaded file as pages show it: which it is, how far it is, what is said of it, in words."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping
from typing import Any

from communique import facts
from communique.domain.finding import Finding, Kind
from communique.domain.text import in_language
from communique.errors import CommuniqueError
from communique.facts import Fact
from communique.roster.uploads import LARGEST, Stage, Upload, Uploads
from communique.web.desk import showing
from communique.web.desk.asking import Asking
from communique.web.desk.saying import WORDS
from communique.web.desk.taking import Imports
from communique.wording import french

ONE = "/{association}/import/{upload}"
MOST = LARGEST + (1 << 20)  # octets of a form with a file


async def kept_at(ask: Asking) -> Upload:
    """The file in the address. Raises NotFound, of another association's as of none."""
    return await asyncio.to_thread(uploads_of(ask).get, ask.here.key, ask.path("upload"))


def imports_of(ask: Asking) -> Imports:
    found = ask.request.app.state.imports
    assert isinstance(found, Imports)  # noqa: S101 - `web.build` put it there
    return found


def uploads_of(ask: Asking) -> Uploads:
    return imports_of(ask).uploads


def at(ask: Asking, one: Upload, more: str = "") -> str:
    return ask.at(f"import/{one.key}{more}")


def shown(ask: Asking, kept: Upload) -> dict[str, Any]:
    """What every page of one file knows."""
    t = WORDS[ask.language]
    names = {one.key: in_language(one.names, ask.language) for one in ask.here.lists}
    done = kept.stage is Stage.DONE
    steps = [
        (ask.at("import") if not done else "", t("imports.step.file"), False),
        (at(ask, kept) if not done else "", t("imports.step.columns"), False),
        ("", t("imports.step.check"), False),
        ("", t("imports.step.report"), done),
    ]
    now = 3 if done else (2 if ask.request.url.path.endswith(("/check", "/take")) else 1)
    return {
        "kept": kept,
        "answers": kept.answers,
        "base": at(ask, kept),
        "steps": [(href, word, place == now) for place, (href, word, _) in enumerate(steps)],
        "onto": t.join([names.get(one, one) for one in kept.answers.lists]),
        "list_named": names,
        "most": LARGEST >> 20,
    }


def stage_named(ask: Asking, one: Upload) -> str:
    """How far one is, in words."""
    running = imports_of(ask).running(one)
    name = one.stage.value
    if running:
        name = "taking" if one.stage is Stage.TAKING else "checking"
    elif one.stage is Stage.TAKING:
        name = "broken"
    elif one.stage is Stage.CHECKING:
        name = "new"
    t = WORDS[ask.language]
    return str(t(f"imports.stage.{name}"))


def columns_of(layout: Mapping[str, Any]) -> list[tuple[str, str, list[str]]]:
    """Each column: its heading, what it is taken for, and some of its values."""
    return [(heading, field, list(some)) for heading, field, some in layout.get("seen", ())]


def form_named(ask: Asking, form: str) -> str:
    """What it was saved as."""
    t = WORDS[ask.language]
    kind, _, sheet = form.partition(", sheet ")
    parts: Iterator[str] = (
        str(t(f"imports.form.{one}")) if f"imports.form.{one}" in t else one
        for one in kind.split(", ")
        if one
    )
    text = ", ".join(parts)
    return str(t("imports.form_sheet", form=text, sheet=sheet)) if sheet else text


def field_named(ask: Asking, name: str) -> str:
    """A field as people call it; of a list, the list."""
    t = WORDS[ask.language]
    if name.startswith("list "):
        key = name.removeprefix("list ")
        names = {one.key: in_language(one.names, ask.language) for one in ask.here.lists}
        return names.get(key, key)
    return str(t(f"imports.field.{name}")) if f"imports.field.{name}" in t else name


def why(ask: Asking, one: Finding) -> str:
    """What is wrong, or what was found, with what to do about it."""
    t = WORDS[ask.language]
    if one.kind is Kind.REPEATED:
        return str(t("imports.repeated", line=one.old))
    if one.facts:
        return " ".join(sentences(ask, each) for each in one.facts)
    return one.reason


def sentences(ask: Asking, one: Fact) -> str:
    """A fact as sentences, with its remedy."""
    words, advice = (french.WORDS, french.ADVICE) if ask.language == "fr" else (None, None)
    text = facts.told(one, words, advice) if words and advice else facts.told(one)
    said = (each[:1].upper() + each[1:] for each in text.split(" — "))
    return " ".join(each if each.endswith((".", "?", "!", "…")) else f"{each}." for each in said)


def told(ask: Asking, kept: Upload, error: CommuniqueError) -> str:
    """An error about the file itself, by its own name: where it lies here is nobody's."""
    text = showing.told(ask, error)
    what = text[:1].lower() + text[1:]
    return str(WORDS[ask.language]("imports.file.told", name=kept.name, what=what))
