"""The desk in a browser: who works at an association signs in, looks, writes, approves, sends.

`asking` finds out who asks, `routing` whether they may, `showing` shows a page; each noun has a
module with its pages, a template for each in `pages/`, and its words in `words/`.
"""

from __future__ import annotations

from pathlib import Path

from fastapi import FastAPI, Request, Response
from starlette.routing import Route as Served

from communique.desk import Desk
from communique.roster.uploads import Uploads
from communique.web.desk import (
    acts,
    audit,
    beginning,
    checking,
    delivery,
    editor,
    home,
    imports,
    lists,
    log,
    people,
    person,
    preview,
    progress,
    releases,
    review,
    routing,
    schedule,
    showing,
    signing_in,
    static,
    you,
)
from communique.web.desk.asking import Who
from communique.web.desk.live import Live
from communique.web.desk.routing import Route
from communique.web.desk.taking import Imports

# Every noun with pages. A page that is declared in none of these is not there.
NOUNS = (
    signing_in.pages,
    you.pages,
    home.pages,
    releases.pages,
    beginning.pages,
    editor.pages,
    preview.pages,
    review.pages,
    schedule.pages,
    log.pages,
    people.pages,
    lists.pages,
    person.pages,
    acts.pages,
    delivery.pages,
    audit.pages,
    progress.pages,
    imports.pages,
    checking.pages,
)
ROUTES: tuple[Route, ...] = tuple(routing.walked(NOUNS))


def mount(app: FastAPI, desk: Desk, who: Who, uploads: Path | None = None) -> None:
    """Have the pages of the desk below /desk; `who` knows a session by its token.

    `uploads` is where files are kept that somebody brings; else, one for as long as this runs.
    """
    app.state.imports = Imports(desk, Uploads(uploads))
    showing.place({one.path for one in ROUTES if one.method == "GET"})
    app.state.live = Live(desk)
    missing = routing.missing(desk, who)

    async def files(request: Request) -> Response:
        return static.file(request.path_params["name"]) or await missing(request)

    served = [Served(f"{static.AT}/{{name}}", files, methods=["GET"])]
    for one in ROUTES:
        answer = routing.endpoint(desk, who, one)
        served.append(Served(f"/desk{one.path}", answer, methods=[one.method]))
    everything = ["GET", "POST", "PUT", "PATCH", "DELETE"]
    served.append(Served("/desk", missing, methods=["GET"]))
    served.append(Served("/desk/{rest:path}", missing, methods=everything))
    app.router.routes.extend(served)
