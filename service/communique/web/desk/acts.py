"""What can be done about one person. Each says first what follows, and asks where it does harm.

The same functions of `desk` as the commands; what was typed is kept whatever goes wrong with it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date

from fastapi import Response

from communique.desk import allowing, consenting, correcting, erasing
from communique.desk.allowing import Allowed, Yes
from communique.desk.correcting import Moved
from communique.desk.inspecting import Story
from communique.domain import dates
from communique.domain.actor import Permission
from communique.domain.address import parse
from communique.domain.consent import Extent
from communique.domain.member import LIFTED_BY_DESK, OF_PERSON
from communique.errors import CommuniqueError, Invalid, NotAllowed
from communique.web.desk import fields, people, showing
from communique.web.desk.asking import Asking
from communique.web.desk.person import ONE, at, bar, extent_named, shown, told
from communique.web.desk.routing import Pages
from communique.web.desk.saying import WORDS

pages = Pages()

LIST = "list-"  # before a list's key, where the choices of how far a word reaches stand
# What a mistake is about, by its code: the field that it stands at.
ABOUT: Mapping[str, str] = {
    "language_not_of_association": "language",
    "yes_before_no": "day",
    "yes_in_future": "day",
    "yes_to_what": "what",
}


@pages.get(f"{ONE}/edit", Permission.EDIT)
async def editing(ask: Asking) -> Response:
    """What is known of a person, to be changed."""
    story = await told(ask)
    return _edit_page(ask, story, {name: getattr(story.contact, name) for name in OF_PERSON})


@pages.post(f"{ONE}/edit", Permission.EDIT)
async def edit(ask: Asking) -> Response:
    """Change it, if nobody else did meanwhile."""
    story = await told(ask)
    typed = {name: ask.value(name) for name in OF_PERSON}
    seen = {name: ask.value(f"was_{name}") for name in OF_PERSON}
    try:
        changes = await correcting.edit(
            *(ask.desk, ask.actor, ask.here.key, story.contact.address),
            seen=seen,
            given_name=typed["given_name"],
            family_name=typed["family_name"],
            role=typed["role"],
            language=typed["language"],
        )
    except NotAllowed as error:
        if error.code == "person_changed_meanwhile":
            return _edit_page(ask, await told(ask), typed, moved=True, status=409)
        wrong = {ABOUT.get(error.code, "given_name"): showing.told(ask, error)}
        return _edit_page(ask, story, typed, errors=wrong, status=422)
    return showing.go(at(ask, story), "person.said.edited" if changes else "person.said.same")


def _edit_page(
    ask: Asking,
    story: Story,
    typed: Mapping[str, str],
    *,
    errors: Mapping[str, str] | None = None,
    moved: bool = False,
    status: int = 200,
) -> Response:
    languages = dict.fromkeys([*ask.here.languages, story.contact.language])
    return showing.page(
        ask,
        "person_edit.html",
        status=status,
        **shown(ask, story),
        typed=typed,
        errors=errors or {},
        moved=moved,
        names=OF_PERSON,
        speaks=[(one, fields.language_named(one, ask.language)) for one in languages],
    )


@pages.get(f"{ONE}/move", Permission.EDIT)
async def moving(ask: Asking) -> Response:
    """A new address to be typed."""
    return _move_page(ask, await told(ask))


@pages.post(f"{ONE}/move", Permission.EDIT)
async def move(ask: Asking) -> Response:
    """First what follows, then, said again, give them that address."""
    story = await told(ask)
    to, merge, seen = ask.value("to"), ask.value("merge") == "yes", ask.value("seen")
    now = story.contact.address
    if seen and seen != now:
        t = WORDS[ask.language]
        wrong = str(t("person.move.changed", address=people.written(now)))
        return _move_page(ask, story, wrong=wrong, status=409)
    sure = ask.value("sure") == "yes"
    try:
        found = await correcting.move(
            ask.desk, ask.actor, ask.here.key, now, to, merge=merge, dry_run=not sure
        )
    except (NotAllowed, Invalid) as error:
        taken = error.code == "address_taken"
        errors = {"to": _said(ask, error)}
        return _move_page(ask, story, errors=errors, taken=taken, status=422)
    if not sure:
        return _move_page(ask, story, found=found)
    done = replace(story, contact=found.contact)
    return showing.go(at(ask, done), "person.said.merged" if found.merged else "person.said.moved")


def _move_page(
    ask: Asking,
    story: Story,
    *,
    errors: Mapping[str, str] | None = None,
    wrong: str = "",
    taken: bool = False,
    found: Moved | None = None,
    status: int = 200,
) -> Response:
    return showing.page(
        ask,
        "person_move.html",
        status=status,
        **shown(ask, story),
        errors=errors or {},
        wrong=wrong,
        taken=taken or ask.value("merge") == "yes",
        merge=ask.value("merge") == "yes",
        to=ask.value("to"),
        found=found,
        other=found.contact.name if found and found.merged else "",
        stands=[_reach(ask, one.scope, one.list_key) for one in found.contact.suppressions]
        if found
        else [],
    )


@pages.get(f"{ONE}/leave", Permission.EDIT)
async def leaving(ask: Asking) -> Response:
    """What they say no to, and how that came to the desk."""
    return _leave_page(ask, await told(ask))


@pages.post(f"{ONE}/leave", Permission.EDIT)
async def leave(ask: Asking) -> Response:
    """Say their no for them."""
    story, t = await told(ask), WORDS[ask.language]
    what, why = _extent(ask.value("what")), ask.value("why")
    errors = {}
    if what is None:
        errors["what"] = str(t("person.leave.no_what"))
    if not why:
        errors["why"] = str(t("person.no_why"))
    if errors or what is None:
        return _leave_page(ask, story, errors=errors, status=422)
    new = await consenting.leave(
        ask.desk, ask.actor, ask.here.key, story.contact.address, why, *what
    )
    return showing.go(at(ask, story), "person.said.left" if new else "person.said.left_before")


def _leave_page(
    ask: Asking, story: Story, *, errors: Mapping[str, str] | None = None, status: int = 200
) -> Response:
    t = WORDS[ask.language]
    options: list[tuple[str, str, str]] = [
        (f"{LIST}{key}", extent_named(ask, Extent.LIST, key), str(t("person.leave.of.list")))
        for key, place in story.places.items()
        if Extent.LIST not in place.said_no and place.since
    ]
    for extent in (Extent.JOINT, Extent.ALL):
        follows = str(t(f"person.leave.of.{extent.value}"))
        options.append((extent.value, _first(extent_named(ask, extent, "")), follows))
    return showing.page(
        ask,
        "person_leave.html",
        status=status,
        **shown(ask, story),
        options=options,
        chosen=ask.value("what") or ask.query("what"),
        why=ask.value("why"),
        errors=errors or {},
    )


@pages.get(f"{ONE}/allow", Permission.EDIT)
async def allowed(ask: Asking) -> Response:
    """What the desk may lift, and what only a newer yes of theirs undoes."""
    return _allow_page(ask, await told(ask))


@pages.post(f"{ONE}/allow", Permission.EDIT)
async def allow(ask: Asking) -> Response:
    """First what follows, then, said again, let them be written to."""
    story, t = await told(ask), WORDS[ask.language]
    errors, yes = _yes(ask)
    if not ask.value("why"):
        errors["why"] = str(t("person.no_why"))
    if errors:
        return _allow_page(ask, story, errors=errors, status=422)
    sure = ask.value("sure") == "yes"
    try:
        found = await allowing.allow(
            *(ask.desk, ask.actor, ask.here.key, story.contact.address),
            ask.value("why"),
            yes,
            dry_run=not sure,
        )
    except (NotAllowed, Invalid) as error:
        about = ABOUT.get(error.code, "kind")
        return _allow_page(ask, story, errors={about: _said(ask, error)}, status=422)
    if not sure:
        return _allow_page(ask, story, found=found, yes=yes)
    return showing.go(at(ask, story), "person.said.allowed")


def _yes(ask: Asking) -> tuple[dict[str, str], Yes | None]:
    """The yes that was typed, if one was; and what is wrong with it."""
    t = WORDS[ask.language]
    errors: dict[str, str] = {}
    if ask.value("kind") not in ("lift", "yes"):
        return {"kind": str(t("person.allow.no_kind"))}, None
    if ask.value("kind") == "lift":
        return errors, None
    what, day = _extent(ask.value("what")), None
    if what is None:
        errors["what"] = str(t("person.allow.no_what"))
    try:
        day = _day(ask.value("day"))
    except Invalid as error:
        errors["day"] = showing.told(ask, error)
    if day is None:
        errors.setdefault("day", str(t("person.allow.no_day")))
    return errors, Yes(day, *what) if day and what else None


def _day(text: str) -> date | None:
    """The day of a field, as browsers send it or as people write it. Raises Invalid."""
    return dates.read(text) if text else None


def _allow_page(
    ask: Asking,
    story: Story,
    *,
    errors: Mapping[str, str] | None = None,
    found: Allowed | None = None,
    yes: Yes | None = None,
    status: int = 200,
) -> Response:
    lifts = [one for one in story.suppressions if one.cause in LIFTED_BY_DESK]
    options = [
        (f"{LIST}{one.key}", extent_named(ask, Extent.LIST, one.key), "") for one in ask.here.lists
    ]
    options += [
        (one.value, _first(extent_named(ask, one, "")), "") for one in (Extent.JOINT, Extent.ALL)
    ]
    return showing.page(
        ask,
        "person_allow.html",
        status=status,
        **shown(ask, story),
        lifts=[bar(ask, one) for one in lifts],
        options=options,
        kind=ask.value("kind") or ("lift" if lifts and not ask.query("what") else "yes"),
        chosen=ask.value("what") or ask.query("what"),
        day=ask.value("day"),
        why=ask.value("why"),
        errors=errors or {},
        found=found,
        lifted=[bar(ask, one) for one in found.lifted] if found else [],
        said_yes=extent_named(ask, yes.extent, yes.list_key) if yes else "",
        stands=[_reach(ask, one.scope, one.list_key) for one in found.stands] if found else [],
    )


@pages.get(f"{ONE}/forget", Permission.MANAGE)
async def forgetting(ask: Asking) -> Response:
    """What goes with a person, in numbers, and what stays."""
    return await _forget_page(ask, await told(ask))


@pages.post(f"{ONE}/forget", Permission.MANAGE)
async def forget(ask: Asking) -> Response:
    """Erase them, if their address was typed."""
    story, t = await told(ask), WORDS[ask.language]
    address = story.contact.address
    try:
        same = parse(ask.value("typed")).key == parse(address).key
    except Invalid:
        same = False
    if not same:
        wrong = {"typed": str(t("person.forget.wrong", address=people.written(address)))}
        return await _forget_page(ask, story, errors=wrong, status=422)
    await erasing.forget(ask.desk, ask.actor, ask.here.key, address)
    return showing.go(ask.at("people"), "person.said.forgotten")


async def _forget_page(
    ask: Asking, story: Story, *, errors: Mapping[str, str] | None = None, status: int = 200
) -> Response:
    planned = await erasing.forget(
        ask.desk, ask.actor, ask.here.key, story.contact.address, dry_run=True
    )
    return showing.page(
        ask,
        "person_forget.html",
        status=status,
        **shown(ask, story),
        erased=planned.erased,
        typed=ask.value("typed"),
        errors=errors or {},
    )


def _extent(text: str) -> tuple[Extent, str] | None:
    """How far a word reaches, as a choice of a form has it."""
    if text.startswith(LIST):
        return Extent.LIST, text.removeprefix(LIST)
    return (Extent(text), "") if text in (Extent.JOINT, Extent.ALL) else None


def _first(text: str) -> str:
    """As a line of its own begins."""
    return text[:1].upper() + text[1:]


def _reach(ask: Asking, extent: Extent, list_key: str) -> str:
    return extent_named(ask, extent, list_key)


def _said(ask: Asking, error: CommuniqueError) -> str:
    """What is wrong, in words that name no option of a command."""
    t = WORDS[ask.language]
    if f"person.error.{error.code}" in t:
        return str(t(f"person.error.{error.code}"))
    return showing.told(ask, error)
