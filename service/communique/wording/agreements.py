"""What is told of agreements: where one stands, what rests on it, and what an end cuts off."""

from __future__ import annotations

from collections.abc import Mapping

from communique.wording.remedy import Remedy

WORDS: Mapping[str, str] = {
    "agreement_ended_early": "“{agreement}” was ended: it holds no more from {ended} on",
    "agreement_ends_soon": "“{agreement}” ends on {last}, in {days} days, and no term follows",
    "agreement_expired": "“{agreement}” ended on {last}, and no term followed",
    "agreement_to_come": "“{agreement}” is not in force before {starts}",
    "association_without_owner": (
        "nobody at {association} is its owner; what an owner is reminded of goes to {asked}"
    ),
    "day_at": "at {association} on {day}",
    "hour_outside_agreement": (
        "“{agreement}” is not in force {where:and}: nobody there would be written to"
    ),
    "letter_not_sent": "{purpose} did not reach {address} of {association}: {reason}",
    "letter_on_end": "the reminder of an agreement’s end",
    "letter_waits": "{purpose} to {address} of {association} is tried again: {reason}",
    "reminded_of_end": "{people}: it ends on {last}, in {left} days",
    "release_cut_off": (
        "“{release}” ({state}) cites “{agreement}”, which is not in force at {association} on "
        "{day}: nobody there would be written to"
    ),
}

ADVICE: Mapping[str, str | Remedy] = {
    "agreement_ends_soon": Remedy.RENEW_AGREEMENT,
    "agreement_expired": Remedy.RENEW_AGREEMENT,
    "association_without_owner": 'give one of its people `roles = ["owner"]`',
    "letter_not_sent": "mend the address in its association.toml, or tell them yourself",
    "release_cut_off": Remedy.MOVE_HOUR_OR_RENEW,
}
