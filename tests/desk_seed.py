"""A desk as pictures show it and a browser walks it: something in every part of every page.

`EXAMPLES` has an address for each page whose path has a blank; a page without one fails a test.
"""

from __future__ import annotations

from collections.abc import Mapping

from tests import desk_people, desk_releases
from tests.contract.desks import Office

from communique.web.desk.routing import Route

# What to show of a route that has a blank besides its association's: below /desk/harfang/.
EXAMPLES: Mapping[str, tuple[str, ...]] = {
    "/sign-in/{link}": ("/desk/sign-in/0f1e2d3c",),
    "/open/{token}": ("/desk/open/0f1e2d3c",),
    "/invitation/{token}": ("/desk/invitation/0f1e2d3c",),
    "/{association}/releases/{release}": tuple(
        f"/desk/harfang/releases/{key}"
        for key in ("autumn", "mission-boston", "breakfast", "advantages", "survey", "bulletin")
    ),
    "/{association}/releases/{release}/edit": (
        "/desk/harfang/releases/autumn/edit?checks=yes",
        "/desk/harfang/releases/capital/edit",
    ),
    "/{association}/releases/{release}/edit/{party}/{edition}": (
        "/desk/harfang/releases/autumn/edit/harfang/0",
    ),
    "/{association}/releases/{release}/review": ("/desk/harfang/releases/mission-boston/review",),
    # The message alone, as a frame of the review shows it: of no content, that there is none.
    "/{association}/releases/{release}/review/{content}/{party}/{edition}": (
        "/desk/harfang/releases/mission-boston/review/0/harfang/fr",
    ),
    "/{association}/releases/{release}/cancel": ("/desk/harfang/releases/advantages/cancel",),
    "/{association}/releases/{release}/schedule": (
        "/desk/harfang/releases/breakfast/schedule",
        "/desk/harfang/releases/mission-boston/schedule",
    ),
    "/{association}/releases/{release}/send": ("/desk/harfang/releases/breakfast/send",),
    "/{association}/log/export/{form}": (),  # a file
    "/{association}/lists/{list}": (
        "/desk/harfang/lists/members",
        "/desk/harfang/lists/partners?state=said_no",
    ),
    # Files, which are looked at elsewhere.
    "/{association}/import/{upload}": (f"/desk/harfang/import/{desk_people.NEW}",),
    "/{association}/import/{upload}/check": (
        f"/desk/harfang/import/{desk_people.CHECKED}/check",
        f"/desk/harfang/import/{desk_people.DONE}/check",
    ),
    "/{association}/import/{upload}/report": (),
    "/{association}/lists/{list}/export": (),
    "/{association}/people/{person}/export": (),
    "/{association}/people/{person}": tuple(f"/desk/harfang/people/{n}" for n in (1, 2, 3, 4, 5)),
    "/{association}/people/{person}/edit": ("/desk/harfang/people/1/edit",),
    "/{association}/people/{person}/move": ("/desk/harfang/people/1/move",),
    "/{association}/people/{person}/leave": ("/desk/harfang/people/1/leave",),
    "/{association}/people/{person}/allow": (
        "/desk/harfang/people/1/allow",
        "/desk/harfang/people/4/allow",
    ),
    "/{association}/people/{person}/forget": ("/desk/harfang/people/1/forget",),
    "/{association}/releases/{release}/progress": tuple(
        f"/desk/harfang/releases/{key}/progress" for key in ("bulletin", "advantages", "survey")
    ),
    "/{association}/releases/{release}/progress/live": (),  # no page: it never ends by itself
    "/{association}/log/{number}": ("/desk/harfang/log/8", "/desk/harfang/log/10"),
    "/{association}/log/{number}/message": ("/desk/harfang/log/8/message",),
    "/{association}/log/{number}/retry": ("/desk/harfang/log/4/retry",),
    "/{association}/releases/{release}/retry": ("/desk/harfang/releases/bulletin/retry",),
}


async def seed(office: Office) -> None:
    """Have something in every part of every page."""
    await desk_people.fill(office)
    await desk_releases.fill(office)


async def keep(office: Office) -> None:
    """Have what stands in files and not in the database, which alone is kept between tests."""
    await desk_people.upload(office)


def addresses(routes: tuple[Route, ...]) -> list[str]:
    """An address for each page that is looked at. Raises KeyError for one that has none."""
    found: list[str] = []
    for route in routes:
        if route.method != "GET":
            continue
        path = route.path.replace("{association}", "harfang")
        found += EXAMPLES[route.path] if "{" in path else [f"/desk{path}"]
    return sorted(set(found))
