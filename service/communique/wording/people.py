"""What errors say of one person: their address, their no, and what suppresses it."""

from __future__ import annotations

from collections.abc import Mapping

from communique.wording.remedy import Remedy

WORDS: Mapping[str, str] = {
    "postal_address_short": "“{text}” leads no letter to anybody: it is no postal address",
    "basis_revives": (
        "of {count} {count:person|people} on {lists}, consent lapsed, and a new basis would make "
        "it hold again"
    ),
    "address_erased": "who had “{address}” had themselves erased at {association}",
    "address_taken": "{association} has another subscriber of the address “{address}”",
    "address_unchanged": "their address is “{address}” already",
    "language_not_of_association": "{association} does not write in “{language}” ({known})",
    "message_in_hand": "a message to them is on its way this moment",
    "no_is_theirs": "they said no themselves: {stands}",
    "nothing_to_allow": "nothing keeps {association} from writing to “{address}”",
    "person_changed_meanwhile": "somebody else changed what is known of them meanwhile",
    "subscriber_erased": "they were erased at {association}, and nothing of them is kept",
    "yes_before_no": "they said no on {no}, after that yes of {yes}",
    "yes_in_future": "the yes ({yes}) lies in the future",
    "yes_to_what": "it does not say what they said yes to",
}

ADVICE: Mapping[str, Remedy | str] = {
    "basis_revives": Remedy.REVIVE,
    "address_erased": Remedy.RECORD_NEW_YES,
    "address_taken": Remedy.MERGE_OR_MIND_SPELLING,
    "message_in_hand": "try again in a minute",
    "no_is_theirs": Remedy.RECORD_YES,
    "person_changed_meanwhile": "look at what it says now, and change it again",
    "yes_to_what": Remedy.NAME_WHAT_YES_IS_TO,
}
