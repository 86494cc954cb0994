"""What programs are shown: the JSON of each noun, made by hand, so that no renaming changes it.

The command line and the API say the same. A document is an object that begins with its `version`;
of several documents in one answer, a list or a line each, every one says it. Fields may be added
within a version; one that goes, or means something else, makes a new one. docs/json.md explains
each, and docs/json.schema.json holds them to it.
"""

from communique.views.deliveries import (
    answer,
    attempt,
    forecast,
    forecasts,
    line,
    lost,
    retriable,
    summaries,
    summary,
    waiting,
)
from communique.views.form import VERSION, View, document
from communique.views.people import (
    admitted,
    association,
    bad_line,
    bar,
    change,
    consent_event,
    contradiction,
    difference,
    duplicate,
    imported,
    member,
    person,
    place,
    refusal,
    story,
    subscriber,
    subscriber_list,
    suppression,
    voids,
)
from communique.views.problems import check_step, error
from communique.views.releases import (
    actor,
    approval,
    audience,
    edition,
    event,
    release,
    schedule,
    standing,
)

__all__ = [
    "VERSION",
    "View",
    "actor",
    "admitted",
    "answer",
    "approval",
    "association",
    "attempt",
    "audience",
    "bad_line",
    "bar",
    "change",
    "check_step",
    "consent_event",
    "contradiction",
    "difference",
    "document",
    "duplicate",
    "edition",
    "error",
    "event",
    "forecast",
    "forecasts",
    "imported",
    "line",
    "lost",
    "member",
    "person",
    "place",
    "refusal",
    "release",
    "retriable",
    "schedule",
    "standing",
    "story",
    "subscriber",
    "subscriber_list",
    "summaries",
    "summary",
    "suppression",
    "voids",
    "waiting",
]
