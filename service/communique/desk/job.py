"""A job: what the deliveries of one batch share, read once for all of them, and made in one way."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from sys import maxsize

from communique.desk import Desk, lasting
from communique.desk.recording import Counting
from communique.domain.advantage import over_at
from communique.domain.association import Association
from communique.domain.content import Frozen
from communique.domain.delivery import GIVE_UP_AFTER
from communique.domain.release import Imprint, Release
from communique.domain.token import Key
from communique.ports import Composer, Transport


@dataclass(slots=True)
class Job:
    """What the deliveries of one batch share."""

    release: Release
    content: Frozen
    association: Association
    list_domain: str  # as it was approved: the association's may be another by now (P3)
    unsubscribe_at: str  # where its links lead, and what signs them, as they were at pick-up (P3)
    key: Key
    passes_at: str  # where the passes of an advantage are; empty where it is none
    transport: Transport
    give_up_at: datetime  # from then on, nothing of it is tried any more
    over_at: datetime | None  # when an advantage is over: whoever waits then is left out
    begin_before: datetime  # the first of the two
    counting: Counting  # how the whole release fares
    date: datetime  # of its messages
    apart: bool = False  # whether each batch has a Date of its own
    embargo: datetime | None = None  # what the press is told in this batch
    hours: Mapping[int, datetime] = field(default_factory=dict)  # in each of the press's batches
    newest: int = maxsize  # of the batches there were when it was read
    composers: dict[str, Composer] = field(default_factory=dict)  # by language

    def of(self, batch: int) -> Job:
        """The same for one batch: as the press is told in it, and with a Date of its own."""
        if not self.apart and batch not in self.hours:
            return self
        return replace(self, embargo=self.hours.get(batch, self.embargo), composers={})

    def bear(self, date: datetime | None) -> None:
        """Date the messages of this batch, where its hour is not the pick-up's."""
        if date and date != self.date:
            self.date, self.composers = date, {}

    def anew(self, batch: int, now: datetime) -> datetime | None:
        """What whoever of the press is still to be written to is to be told, where that is another
        hour than this batch tells; the hour of its pick-up: that it is under none.
        """
        told, until = self.hours.get(batch), self.release.public_from
        if told is None or until is None or told == until:
            return None
        if until > now:
            return until
        begun_at = self.release.picked_up_at
        return begun_at if begun_at and told > begun_at else None


def job_of(
    desk: Desk,
    release: Release,
    content: Frozen,
    association: Association,
    transport: Transport,
    counting: Counting,
    *,
    hours: Mapping[int, datetime],
    newest: int,
) -> Job:
    """What a release's deliveries at one association are made from and tried until.

    Of the settings those of its pick-up, whatever is set meanwhile (P3).
    """
    imprint = release.imprint or desk.imprint
    begun_at = release.retried_at or release.picked_up_at or desk.clock.now()
    begun_at = max(begun_at, release.public_from or begun_at)  # most wait for that
    give_up_at = begun_at + GIVE_UP_AFTER
    if release.schedule and release.schedule.deliver_by:
        give_up_at = min(give_up_at, release.schedule.deliver_by)
    pages = imprint.public_url.rstrip("/")
    offered = lasting.advantage(desk.press, content)
    over = over_at(offered, association.time_zone) if offered else None
    return Job(
        release,
        content,
        association,
        content.association(association.key).list_domain,
        f"{pages}/u/",
        desk.keyring.key(imprint.key),
        f"{pages}/p/" if offered else "",
        transport,
        give_up_at,
        over,
        min(give_up_at, over) if over else give_up_at,
        counting,
        date=release.picked_up_at or desk.clock.now(),
        apart=content.format >= 4 and _waits(release, imprint),
        embargo=imprint.embargo,
        hours=hours,
        newest=newest,
    )


def _waits(release: Release, imprint: Imprint) -> bool:
    """Whether it goes to some of its readers later than it was picked up."""
    return bool(imprint.embargo or (release.schedule and release.schedule.wall))
