"""A new release: from nothing, from what another says, or of what happens to an activity."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace

from fastapi import Response

from communique.desk import editing, happening, inspecting
from communique.domain.actor import SERVICE, Permission
from communique.domain.agreement import Standing, outlook
from communique.domain.association import Agreement, Association
from communique.domain.kind import KindDefinition, Nature
from communique.domain.release import Audience, Edition, Release
from communique.domain.text import in_language
from communique.domain.when import day
from communique.errors import NotAllowed, Problems
from communique.web.desk import showing, standing, you
from communique.web.desk.asking import Asking
from communique.web.desk.fields import language_named
from communique.web.desk.routing import Pages
from communique.web.desk.saying import WORDS

pages = Pages()

WAYS = ("scratch", "copy", "update", "call_off")
RESERVED = "new"  # the address of this very page
LISTED = 50  # releases to choose from, the newest


@dataclass(frozen=True, slots=True)
class Typed:
    """What was chosen so far."""

    title: str
    kind: str
    of: str
    parties: tuple[str, ...]
    languages: tuple[str, ...]
    lists: tuple[str, ...]


@pages.get("/{association}/releases/new", Permission.EDIT)
async def new(ask: Asking) -> Response:
    """What is to be begun."""
    first = ask.here.lists[0].key if ask.here.lists else ""
    typed = Typed(
        "", "announcement", ask.query("of"), (), ask.here.languages, (first,) if first else ()
    )
    return await _page(ask, _way(ask.query("how")), typed)


@pages.post("/{association}/releases/new", Permission.EDIT)
async def begin(ask: Asking) -> Response:
    """Begin it, and go on to write."""
    how = _way(ask.value("how"))
    typed = Typed(
        ask.value("title"),
        ask.value("kind"),
        ask.value("of"),
        tuple(ask.values("parties")),
        tuple(ask.values("languages")),
        tuple(ask.values("lists")),
    )
    if session := await you.chosen(ask):
        return await _page(replace(ask, session=session), how, typed)
    errors = dict(_lacking(ask, how, typed))
    if errors:
        return await _page(ask, how, typed, errors=errors, status=422)
    try:
        if how == "scratch":
            begun = await editing.begin(ask.desk, ask.actor, await _written(ask, typed))
        else:
            begun = await _of(ask, how, typed)
    except (NotAllowed, Problems) as error:
        told = [showing.told(ask, one) for one in getattr(error, "problems", [error])]
        return await _page(ask, how, typed, wrong=" ".join(told), status=409)
    where = ask.at(f"releases/{begun.key}/edit")
    if how in ("update", "call_off"):
        beside = await happening.under_way(ask.desk, ask.actor, begun)
        if beside:  # what these say is not in it
            return showing.go(where, "edit.said.begun_beside", len(beside))
    return showing.go(where, "edit.said.begun")


async def _written(ask: Asking, typed: Typed) -> Release:
    """A draft of what was chosen: its title is the subject in the association's own language."""
    agreements = await inspecting.agreements(ask.desk, ask.actor, ask.here.key)
    parties = (ask.here.key, *(one for one in typed.parties if one != ask.here.key))
    own = next(iter(ask.here.languages))
    first = own if own in typed.languages else typed.languages[0]
    known = [one for one in typed.lists if one in {each.key for each in ask.here.lists}]
    return Release(
        key=_key(typed.title),
        kind=typed.kind,
        parties=parties,
        editions=tuple(
            Edition(one, typed.title if one == first else "", "", "") for one in typed.languages
        ),
        audiences=(Audience(ask.here.key, tuple(known)),) if known else (),
        agreement=_agreement(agreements, parties),
    )


async def _of(ask: Asking, how: str, typed: Typed) -> Release:
    """A draft of another release: a copy, or what is told later of the activity it announced."""
    key = _key(typed.title) if typed.title else typed.of
    look = await inspecting.standing(ask.desk, ask.actor, typed.of)
    if how == "copy":
        held = look.release.held_until(ask.now)
        made = replace(look.release.copied(key), public_from=held)
        if typed.title:
            made = replace(made, editions=tuple(_titled(ask, made, typed.title)))
        return await editing.begin(ask.desk, ask.actor, made, of=typed.of)
    made, of = await happening.follow_up(
        ask.desk, ask.actor, typed.of, key, called_off=how == "call_off"
    )
    return await editing.begin(ask.desk, ask.actor, made, of=of.key)


def _titled(ask: Asking, release: Release, title: str) -> Iterator[Edition]:
    """Its editions with a title in the association's first language, of those that it has."""
    written = [one.language for one in release.editions]
    first = next((one for one in ask.here.languages if one in written), written[0])
    for one in release.editions:
        yield replace(one, subject=title) if one.language == first else one


def _agreement(agreements: Collection[Agreement], parties: Collection[str]) -> str | None:
    """The one agreement between exactly these; None where there is none, or a choice."""
    found = [one.key for one in agreements if set(one.parties) == set(parties)]
    return found[0] if len(found) == 1 else None


def _key(title: str) -> str:
    key = editing.key_for(title)
    return f"{key}-release" if key == RESERVED else key


def _way(text: str) -> str:
    return text if text in WAYS else WAYS[0]


def _lacking(ask: Asking, how: str, typed: Typed) -> Iterator[tuple[str, str]]:
    """What must be said and is not, by field."""
    t = WORDS[ask.language]
    if how != "scratch":
        if not typed.of:
            yield "of", str(t("begin.no_of"))
        return
    if not typed.title:
        yield "title", str(t("begin.no_title"))
    if not typed.kind:
        yield "kind", str(t("begin.no_kind"))
    if not typed.languages:
        yield "languages", str(t("begin.no_language"))


async def _page(
    ask: Asking,
    how: str,
    typed: Typed,
    *,
    errors: dict[str, str] | None = None,
    wrong: str = "",
    status: int = 200,
) -> Response:
    agreements = await inspecting.agreements(ask.desk, ask.actor, ask.here.key)
    known = {one.key: one for one in await inspecting.associations(ask.desk, SERVICE)}
    partners = {key for one in agreements for key in one.parties} - {ask.here.key}
    spoken = [*ask.here.languages]
    spoken += [each for key in sorted(partners) for each in known[key].languages]
    return showing.page(
        ask,
        "begin.html",
        status=status,
        keeps=("begin", ask.at("releases/new")),
        how=how,
        ways=[one for one in WAYS if one != "call_off"],
        typed=typed,
        errors=errors or {},
        wrong=wrong,
        kinds=[_kind(ask, one) for one in sorted(await editing.kinds(ask.desk), key=_usual)],
        partners=[_partner(ask, known[key], agreements) for key in sorted(partners)],
        named_languages=[
            (one, _capital(language_named(one, ask.language)), "") for one in dict.fromkeys(spoken)
        ],
        others=[("", ""), *await _others(ask, how)] if how != "scratch" else [],
    )


def _usual(kind: KindDefinition) -> int:
    """What is announced most often comes first."""
    return list(Nature).index(kind.nature)


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def _kind(ask: Asking, kind: KindDefinition) -> tuple[str, str, str]:
    """A kind as it is chosen: its name, and what follows from it."""
    t = WORDS[ask.language]
    name = in_language(kind.names, ask.language) if kind.names else kind.key
    return kind.key, name, str(t(f"begin.kind.{kind.nature.value}"))


def _partner(
    ask: Asking, one: Association, agreements: Collection[Agreement]
) -> tuple[str, str, str]:
    """A partner as it is chosen, and the agreement that there is with it."""
    t = WORDS[ask.language]
    names = [
        in_language(each.names, ask.language)
        for each in agreements
        if one.key in each.parties
        and outlook(each, day(ask.now, ask.here.time_zone)).standing is Standing.IN_FORCE
    ]
    follows = t("begin.under", name=t.join(list(names))) if names else t("begin.not_in_force")
    return one.key, in_language(one.names, ask.language), str(follows)


async def _others(ask: Asking, how: str) -> list[tuple[str, str]]:
    """The releases that it can be made of, the newest first."""
    found = await inspecting.releases(ask.desk, ask.actor, association=ask.here.key, limit=LISTED)
    return [
        (one.key, standing.title(one, ask.language).text)
        for one, _ in found
        if ask.here.key in one.parties and (how == "copy" or happening.announced(one))
    ]
