"""What is told of agreements: where one stands, what rests on it, and what an end cuts off."""

from __future__ import annotations

from collections.abc import Mapping

from communique.wording.remedy import Remedy

WORDS: Mapping[str, str] = {
    "agreement_ended_early": "“{agreement}” was ended: it holds no more from {ended} on",
    "agreement_ends_soon": (
        "“{agreement}” ends on {last}, in {days} {days:day|days}, and no term follows"
    ),
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
    "reminded_of_end": "{people}: it ends on {last}, in {left} {left:day|days}",
    "agreement_never_ends": "“{agreement}” holds to the last day there is ({last}): none follows",
    "agreement_was_ended": "“{agreement}” was ended early, from {ended} on: no term can follow",
    "file_changed_meanwhile": "somebody else just changed the file",
    "term_ends_first": "a term from {starts} to {ends} ends before it starts",
    "term_leaves_gap": (
        "from {first} to {last} no term would hold, and nothing go out under the agreement"
    ),
    "term_not_placed": "a term of “{agreement}” cannot be put there without changing more",
    "term_overlaps": "the last term runs until {last}, and {starts} is not after that",
    "release_cut_off": (
        "“{release}” ({state}) cites “{agreement}”, which is not in force at {association} on "
        "{day}: nobody there would be written to"
    ),
}

ADVICE: Mapping[str, str | Remedy] = {
    "agreement_ends_soon": Remedy.RENEW_AGREEMENT,
    "agreement_expired": Remedy.RENEW_AGREEMENT,
    "agreement_was_ended": "take `ended` out of the file first, if it holds after all",
    "file_changed_meanwhile": "look, and try again",
    "term_leaves_gap": Remedy.START_NEXT_DAY,
    "term_not_placed": "add it by hand, below the last",
    "term_overlaps": "let it start on {first}",
    "association_without_owner": 'give one of its people `roles = ["owner"]`',
    "letter_not_sent": "mend the address in its association.toml, or tell them yourself",
    "release_cut_off": Remedy.MOVE_HOUR_OR_RENEW,
}
