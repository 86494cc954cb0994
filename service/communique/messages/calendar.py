"""The calendar entry that an activity's message carries (RFC 5545).

Made once for all readers of a variant, from frozen content and the hour of its release, never from
a clock: a copy has the same octets (P3). It is published (RFC 5546 §3.2.1), so nobody is asked for
an answer; a later release of the same activity replaces it, for it has its UID and a higher
SEQUENCE, and one that calls it off is a CANCEL (§3.2.5), which takes it out of people's calendars.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from communique.domain.activity import Activity
from communique.domain.content import Frozen, Variant
from communique.domain.kind import Each, KindDefinition, Nature, Type
from communique.domain.text import in_language
from communique.errors import TemplateInvalid
from communique.messages import fields
from communique.messages.article import title
from communique.messages.entries import CANCEL, PUBLISH, Entry, document
from communique.messages.mime import Part, attached

_PRODUCT = "-//Communique//Activities//EN"
_NOT_DESCRIBED = {
    *("place", "starts", "ends", "zone", "all_day", "address", "territory"),
    *("follows", "sequence", "called_off", "calendar"),
}


def parts(variant: Variant) -> Sequence[Part]:
    """What goes beside the text of an activity's message; nothing of any other.

    Raises TemplateInvalid where its subject says nothing without a reader.
    """
    activity = of(variant.content)
    if activity is None:
        return ()
    method = CANCEL if activity.called_off else PUBLISH
    octets = document([entry(variant, activity)], method, _PRODUCT)
    name = f"{variant.content.key[:48]}.ics"
    return [attached(name, f"text/calendar; charset=utf-8; method={method}", octets)]


def of(content: Frozen) -> Activity | None:
    """The activity that a release announces; None where it announces none.

    Raises TemplateInvalid where its fields do not tell when it is.
    """
    kind = fields.declared(content.templates, content.kind)
    if kind.nature is not Nature.ACTIVITY or "starts" not in content.fields:
        return None
    try:
        return Activity.of(content.fields)
    except (KeyError, ValueError, TypeError) as error:
        raise TemplateInvalid("kind_unreadable", reason=repr(error)) from error


def entry(variant: Variant, activity: Activity) -> Entry:
    """The entry of an activity, in the words of a variant. Raises TemplateInvalid."""
    content, host, language = variant.content, variant.host, variant.language
    first = content.association(content.parties[0])
    edition = content.edition(language)
    written = edition.fields if edition else {}
    kind = fields.declared(content.templates, content.kind)
    place = [written.get("place"), *activity.address.split("\n")]
    if content.format < 5 or activity.territory not in activity.address:
        place.append(activity.territory)
    return Entry(
        uid=activity.uid(content.key, first.list_domain),
        sequence=activity.sequence,
        called_off=activity.called_off,
        stamped_at=variant.date,
        starts=activity.starts,
        ends=activity.ends,
        zone=activity.zone,
        title=written.get("calendar") or title(variant),
        where=", ".join(one for one in place if one) or activity.online,
        about="\n".join(_described(kind, content, language)),
        link=activity.register or content.link or activity.online,
        organizer=(in_language(host.names, language), host.contact),
    )


def _described(kind: KindDefinition, content: Frozen, language: str) -> Iterator[str]:
    """What else there is to know, a line each."""
    edition = content.edition(language)
    colon = " : " if language == "fr" and content.format >= 5 else ": "
    for one in kind.fields:
        written = content.fields if one.each is Each.RELEASE else edition.fields if edition else {}
        value = written.get(one.key)
        if one.key in _NOT_DESCRIBED or one.press or value is None:
            continue
        if one.type in (Type.TEXT, Type.LINK, Type.NUMBER) and one.labels:
            yield f"{in_language(one.labels, language)}{colon}{value}"
    if content.link:
        yield content.link
