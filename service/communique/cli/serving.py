"""`communique serve`, `status`, `check` and `demo`: the service, and looking after it."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import logging
import socket
from collections.abc import Sequence
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from communique import telemetry, views, wiring
from communique.cli import home, retrying, show, speech, words
from communique.cli.show import Json, as_json, bar, run, said, table
from communique.cli.speech import _, later, number
from communique.desk import custody, inspecting, rerouting, writing
from communique.domain.actor import OPERATOR
from communique.domain.lineage import Doubt
from communique.domain.log import Lost, Summary, Waiting
from communique.domain.release import Release, State
from communique.errors import CommuniqueError, TransportUnavailable
from communique.facts import Fact
from communique.telemetry import printable

if TYPE_CHECKING:
    from rich.progress import TaskID

    from communique.settings import Settings

log = logging.getLogger(__name__)


@run
async def serve(
    web: Annotated[bool, typer.Option("--web", help="Serve the public pages.")] = False,
    scheduler: Annotated[
        bool, typer.Option("--scheduler", help="Pick up what is due, and look after the rest.")
    ] = False,
    worker: Annotated[bool, typer.Option("--worker", help="Send.")] = False,
) -> None:
    """Run the scheduler, the worker and the public pages until told to stop.

    SIGTERM or Ctrl-C stops it gracefully, within seconds: what is being handed over is finished,
    the rest waits in the store. The second one ends it at once. After a crash, starting it again
    goes on where it was; nobody is forgotten.

    With roles named, this process has only these. As many as you like may run at one PostgreSQL,
    with `COMMUNIQUE_ENGINE=distributed`:

        communique serve --scheduler --web
        communique serve --worker
    """
    # Loaded here: no other command should wait for a web server and a scheduler.
    from communique.cli.server import Server, limits
    from communique.cli.stopping import Stop
    from communique.wiring.service import Roles, Service

    current = home.load()
    roles = Roles(web, scheduler, worker) if web or scheduler or worker else Roles()
    telemetry.configure(json_lines=current.log_json)
    # Whoever reads JSON reads every line as such, and in English.
    if current.log_json:
        speech.speak(speech.ENGLISH)
    tell = log.info if current.log_json else said
    # Or it would be told of a port that is taken, by that very one.
    await wiring.require_alone(current)
    with contextlib.ExitStack() as closing:
        listener = closing.enter_context(_listen(current)) if roles.web else None
        async with Service(current, roles) as service:
            # What is loaded by now stays: collecting garbage need not look at it again. Together
            # with looking less often, as every command does, this saves a twelfth of the CPU.
            gc.freeze()
            gc.set_threshold(50_000, 20, 50)
            held = limits(_kept_for_mail(current), current.proxies.split())
            server = None
            if listener:
                server = Server(service.desk, service.healthy, held, service.doubt, current.uploads)
            stopped = asyncio.Event()

            def stop() -> None:
                service.halt()
                stopped.set()
                if server:
                    server.should_exit = True

            Stop(stop, current.stop_within.total_seconds()).listen()
            if listener:
                tell(
                    _(
                        "public pages: {address}",
                        address=f"http://{current.host}:{listener.getsockname()[1]}",
                    )
                )
            if service.mailbox_port:
                tell(
                    _(
                        "mailbox: {folder} ({host}:{port}); {kept}",
                        folder=current.mailbox,
                        host=current.mailbox_host,
                        port=service.mailbox_port,
                        kept=_kept(*await wiring.kept_here(service.desk)),
                    )
                )
            if doubt := service.doubt():
                tell(words.waits(doubt))
            for one in service.rerouted():
                tell(words.rerouted(one))
            tell(_("ready; Ctrl-C stops"))
            if server and listener:
                await server.serve(sockets=[listener])
            else:
                await stopped.wait()
            tell(_("stopping: what is being handed over is finished first"))
    tell(_("stopped"))


def _kept_for_mail(current: Settings) -> int:
    """Descriptors that no stranger at the pages may take: relays, mailbox, store, journal."""
    return 128 + sum(one.connections for one in current.transports.values())


def _kept(here: list[str], leaving: list[str]) -> str:
    """Whose mail the mailbox gets."""
    if not leaving:
        return _("nothing leaves this machine until a relay is configured")
    kept = (
        _("the mail of {here} stays in it", here=", ".join(here))
        if here
        else _("nobody's mail goes to it")
    )
    return _(
        "{kept}; that of {leaving} leaves through a relay", kept=kept, leaving=", ".join(leaving)
    )


def _listen(current: Settings) -> socket.socket:
    """Bind before anything starts, so that a taken port starts nothing."""
    host, port = current.host, current.port
    with contextlib.ExitStack() as unless_bound:
        try:
            family, kind, protocol, _, address = socket.getaddrinfo(
                host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
            )[0]
            listener = unless_bound.enter_context(socket.socket(family, kind, protocol))
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listener.bind(address)
        except OSError as error:
            linked = f":{port}" in current.public_url and "public_url" in current.model_fields_set
            raise TransportUnavailable(
                "port_taken",
                message="cannot listen on {host}:{port}: {reason}",
                host=host,
                port=port,
                reason=error.strerror,
                remedy="stop what listens there, or set COMMUNIQUE_PORT"
                + (", and COMMUNIQUE_PUBLIC_URL to match: links lead there" if linked else ""),
            ) from error
        unless_bound.pop_all()
    return listener


@run
async def status(
    watch: Annotated[
        bool, typer.Option("--watch", "-w", help="Stay until nothing is under way.")
    ] = False,
    json: Json = False,
) -> None:
    """Show the releases under way, with how far each is."""
    current = home.load()
    async with wiring.opened(current) as desk:
        under_way = await inspecting.under_way(desk, OPERATOR)
        lineage = await custody.doubted(desk)
        changes = await rerouting.asking(desk)
        doubt = lineage.doubt if lineage else Doubt.REROUTED if changes else None
        if json:
            releases = [one for one, _ in under_way]
            why = await inspecting.waiting_for(desk, OPERATOR, releases)
            lost = await inspecting.lost(desk, OPERATOR, releases)
            as_json(
                [
                    views.document(
                        release=views.release(one),
                        summary=views.summary(summary),
                        waiting_for=views.waiting(why[one.key][0]) if one.key in why else None,
                        lost=[views.lost(each) for each in lost.get(one.key, ())],
                        held=doubt.value if doubt else None,
                    )
                    for one, summary in under_way
                ]
            )
            return
        if doubt:
            said(words.waits(doubt))
        show.warned(map(words.rerouted, changes))
        letters = await writing.troubled(desk, OPERATOR)
        show.warned(words.told(writing.unsent(one)) for one in letters)
        if not under_way:
            said(_("nothing is under way; `communique release list` shows everything"))
            return
        tasks: dict[str, TaskID] = {}
        told: set[tuple[str, str]] = set()
        alone = False
        with bar() as progress:
            for look in count(1):
                releases = [one for one, _ in under_way]
                why = await inspecting.waiting_for(desk, OPERATOR, releases)
                lost = await inspecting.lost(desk, OPERATOR, releases)
                for release, summary in under_way:
                    if release.key not in tasks:
                        tasks[release.key] = progress.add_task(release.key, total=None)
                    progress.update(
                        tasks[release.key],
                        description=_described(release, summary),
                        total=summary.snapshot or None,
                        completed=summary.ended,
                    )
                    if (stopped := _stopped(release)) and (release.key, stopped) not in told:
                        told.add((release.key, stopped))
                        said(stopped)
                    ended = lost.get(release.key, ())
                    _tell_why(release, why.get(release.key, ()), ended, told)
                    for line in () if watch else retrying.lost(release.key, ended):
                        said(show.labelled(release.key, line))
                moves = any(_moves(one) for one, _ in under_way)
                # Who watches may just have started it: it is given a moment.
                if moves and not alone and (not watch or look % LOOKS == 0):
                    alone = not await wiring.services(desk)
                    if alone:
                        said(_(words.NOBODY))
                if not watch or not moves:
                    break
                await asyncio.sleep(0.5)
                looks = [await inspecting.standing(desk, OPERATOR, key) for key in tasks]
                under_way = [(one.release, one.summary) for one in looks]


LOOKS = 10  # of `status --watch`, two a second, before it asks whether anybody sends


def _moves(release: Release) -> bool:
    return release.state in (State.APPROVED, State.SENDING)


def _described(release: Release, summary: Summary) -> str:
    if release.state is State.APPROVED:
        hour = (
            show.local(release.schedule.send_at, release.schedule.zone) if release.schedule else ""
        )
        if hour:
            return _("{key}: approved, goes at {hour}", key=release.key, hour=hour)
        return _("{key}: approved, no hour is set", key=release.key)
    counts = ", ".join(
        f"{number(count)} {show.several(state, count)}" for state, count in summary.states.items()
    )
    return show.labelled(release.key, f"{show.worded(release.state)} ({counts})")


def _stopped(release: Release) -> str:
    """Why it goes no further until somebody says so, and what to type; empty if it goes."""
    why = show.labelled(release.key, show.worded(release.state))
    if release.reason:
        why += _(" (“{reason}”)", reason=printable(words.fact(release.reason)))
    match release.state:
        case State.PAUSED:
            return _(
                "{why}; next: `communique release resume {key}`, or `cancel` it",
                why=why,
                key=release.key,
            )
        case State.MISSED:
            return _(
                "{why}; next: `communique release schedule {key} --at now`, or an hour",
                why=why,
                key=release.key,
            )
        case _:
            return ""


def _tell_why(
    release: Release, waiting: Sequence[Waiting], lost: Sequence[Lost], told: set[tuple[str, str]]
) -> None:
    """What most wait for, and what somebody has to mend; nothing that was `told` already."""
    if waiting and (release.key, waiting[0].cause) not in told:
        told.add((release.key, waiting[0].cause))
        said(_waits(release, waiting[0]))
    warnings = retrying.refused(release.key, waiting, lost)
    show.warned(one for one in warnings if ("", one) not in told)
    told |= {("", one) for one in warnings}


def _waits(release: Release, waiting: Waiting) -> str:
    zone = release.schedule.zone if release.schedule else None
    at = show.local(waiting.due_at, zone)
    due = _("; next try {at}", at=at) if release.state is State.SENDING else ""
    cause = printable(words.kept(waiting.cause))
    return _(
        "{key}: {count} {count:waits|wait} after “{cause}”{due}",
        key=release.key,
        count=number(waiting.count),
        cause=cause,
        due=due,
    )


@run
async def check(json: Json = False) -> None:
    """Look at everything the service needs and say what is wrong: settings, database, relays."""
    steps: list[wiring.Step] = []
    current = home.load()
    steps.append(("settings", True, _("data in {data_folder}", data_folder=current.data_folder)))
    try:
        steps += wiring.check_files(current)
        if any(ok is False for _, ok, _ in steps):
            steps.append(("database", True, await wiring.check_database(current)))
        else:
            async with wiring.opened(current) as desk:
                steps += await wiring.check(desk, current)
                if not await wiring.services(desk):
                    steps.append(("service", None, _(words.NOBODY)))
                if (lineage := await custody.doubted(desk)) and lineage.doubt:
                    steps.append(("sending", False, words.waits(lineage.doubt)))
                changes = await rerouting.asking(desk)
                steps += [("sending", False, words.rerouted(one)) for one in changes]
                letters = await writing.troubled(desk, OPERATOR)
                steps += [("letters", None, writing.unsent(one)) for one in letters]
    except CommuniqueError as error:
        steps.append(("database", False, error))
    if json:
        as_json(
            [
                views.document(**views.check_step(name, ok, words.fact(detail)))
                for name, ok, detail in steps
            ]
        )
    else:
        marks = {True: "ok", None: "!", False: "✗"}
        table(
            ["", "", ""],
            [(marks[ok], _step(name), _detail(detail)) for name, ok, detail in steps],
        )
    if any(ok is False for _, ok, _ in steps):
        raise typer.Exit(1)


# What `check` looks at, by what programs know it as; these have a name behind them.
STEPS = (
    later("database"),
    later("letters"),
    later("public pages"),
    later("sending"),
    later("service"),
    later("settings"),
    later("signing keys"),
)
# And of a relay, where it is looked at: `default: TLS`.
STEPS_AT = (
    *(later("connect"), later("greeting"), later("EHLO"), later("TLS"), later("AUTH")),
    later("certificates"),
)
STEPS_OF = {
    "association ": later("association {name}"),
    "lists of ": later("lists of {name}"),
    "relay ": later("relay {name}"),
}


def _detail(of: str | Fact | CommuniqueError) -> str:
    return words.kept(of) if isinstance(of, str) else words.fact(of)


def _step(step: str) -> str:
    for begins, text in STEPS_OF.items():
        if step.startswith(begins):
            return _(text, name=step.removeprefix(begins))
    relay, colon, at = step.partition(": ")
    if colon:
        return _("relay {name}: {step}", name=relay, step=_(at))
    return _(step)


def demo(
    folder: Annotated[
        Path, typer.Option(help="Folder of the demo's desk; an earlier demo there is made anew.")
    ] = Path("demo"),
) -> None:
    """Send a release that two associations approved to their members, and show the log."""
    from communique.cli import demonstration

    demonstration.run(folder)
