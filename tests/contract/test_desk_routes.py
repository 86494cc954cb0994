"""Every page of the desk, whoever asks: a new one is asked the same, without a word here.

Not signed in, of another association, with too small a role, a form that is not ours: refused, and
nothing is learnt.
"""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from tests.desk_pages import Pages, pages_at

from communique.domain.account import permitted
from communique.domain.actor import Permission
from communique.domain.association import Role
from communique.web.desk import ROUTES
from communique.web.desk.routing import Door, Route

CLOSED = [one for one in ROUTES if one.needs is not Door.OPEN]
THEIRS = [one for one in ROUTES if one.of_association]
FORMS = [one for one in ROUTES if one.method == "POST"]
# Who has that permission least: the first of these that lacks it is refused.
SMALLER = {"viewer": Role.VIEWER, "editor": Role.EDITOR, "approver": Role.APPROVER}


def name(route: Route) -> str:
    return f"{route.method} {route.path}"


def address(route: Route, association: str = "harfang") -> str:
    """An address of that route: every blank but the association's is of what is not there."""
    path = route.path.replace("{association}", association)
    return "/desk" + re.sub(r"\{\w+(:path)?\}", "0", path)


def lacking(permission: Permission) -> str | None:
    return next((who for who, role in SMALLER.items() if permission not in permitted([role])), None)


@pytest.fixture
async def pages(tmp_path: Path) -> AsyncIterator[Pages]:
    url = f"sqlite+aiosqlite:///{tmp_path / 'communique.sqlite'}"
    async with pages_at(url, tmp_path / "desk") as pages:
        yield pages


def without_address(html: str, address: str) -> str:
    """A page, but for where it says itself at which address it is."""
    return html.replace(address, "")


async def ask(
    pages: Pages, who: str, route: Route, association: str = "harfang"
) -> tuple[int, str]:
    path = address(route, association)
    send = pages.get if route.method == "GET" else pages.post
    answer = await send(who, path)
    return answer.status_code, without_address(answer.text, path)


async def test_whoever_is_not_signed_in_is_sent_to_sign_in(pages: Pages) -> None:
    for route in CLOSED:
        path = address(route)
        answer = await pages.of().request(route.method, path)
        assert answer.status_code == 303, name(route)
        assert answer.headers["location"].startswith("/desk/sign-in?next=/desk/"), name(route)
        assert not answer.text, name(route)


async def test_what_is_of_another_association_is_not_there(pages: Pages) -> None:
    for route in THEIRS:
        of_theirs = await ask(pages, "owner", route, "massif")
        of_nobody = await ask(pages, "owner", route, "nowhere")
        assert of_theirs[0] == 404, name(route)
        assert of_theirs == of_nobody, name(route)


async def test_too_small_a_role_is_told_so(pages: Pages) -> None:
    for route in THEIRS:
        assert isinstance(route.needs, Permission)
        who = lacking(route.needs)
        if who:
            status, html = await ask(pages, who, route)
            assert status == 403, name(route)
            assert "This is not open to you" in html, name(route)
            assert "Maude Gagnier" in html  # who can change that


async def test_a_form_that_another_site_sends_does_nothing(pages: Pages) -> None:
    for route in FORMS:
        proof = {"csrf": pages.signed["owner"].csrf}
        for headers in (
            {"Origin": "https://elsewhere.test"},
            {"Origin": "null"},
            {"Sec-Fetch-Site": "cross-site"},
            {"Sec-Fetch-Site": "same-site"},
        ):
            answer = await pages.of("owner").post(address(route), data=proof, headers=headers)
            assert answer.status_code == 403, (name(route), headers)


async def test_a_form_without_our_proof_does_nothing(pages: Pages) -> None:
    for route in (one for one in FORMS if one.needs is not Door.OPEN):
        for fields in ({}, {"csrf": ""}, {"csrf": "guessed"}):
            answer = await pages.of("owner").post(address(route), data=fields)
            assert answer.status_code == 403, (name(route), fields)


async def test_what_only_looks_takes_no_form(pages: Pages) -> None:
    posted = {one.path for one in FORMS}
    for route in CLOSED:
        if route.method == "GET" and route.path not in posted:
            answer = await pages.post("owner", address(route))
            assert answer.status_code == 404, name(route)


async def test_a_page_that_there_is_none_of_is_the_same_to_everybody(pages: Pages) -> None:
    for path in ("/desk/none", "/desk/harfang/none", "/desk/massif/none", "/desk/a/b/c/d"):
        assert (await pages.get("", path)).status_code == 303
        answer = await pages.get("owner", path)
        assert answer.status_code == 404
        assert "There is no such page" in answer.text


async def test_no_page_may_load_what_is_not_ours(pages: Pages) -> None:
    for path in ("/desk/harfang/", "/desk/none", "/desk/sign-in"):
        answer = await pages.get("owner", path)
        policy = answer.headers["content-security-policy"]
        assert policy.startswith("default-src 'none'")
        assert "unsafe" not in policy
        assert answer.headers["cache-control"] == "no-store"
        assert not re.search(r"<style|<script(?! src=)|\son\w+=|style=|javascript:", answer.text)
        # Where a form of ours has an origin, it must not be hidden from us.
        assert answer.headers["referrer-policy"] == "same-origin"


async def test_a_route_is_declared_with_what_it_needs() -> None:
    for route in ROUTES:
        assert isinstance(route.needs, Permission) == route.of_association, name(route)
    paths = [(one.method, one.path) for one in ROUTES]
    assert len(set(paths)) == len(paths)


async def test_a_visitor_is_told_to_whom_a_page_is_open_in_their_language(pages: Pages) -> None:
    pages.speaks("owner", "fr")
    answer = await pages.get("owner", "/desk/none")
    assert '<html lang="fr">' in answer.text
    assert "Cette page n’existe pas" in answer.text
