"""What is said of releases on their way, and of steps back that cannot be taken."""

from __future__ import annotations

from collections.abc import Mapping

from communique.wording.remedy import Remedy

WORDS: Mapping[str, str] = {
    "approval_not_given": "{person} has not approved “{release}” for {association} as it is now",
    "approval_not_last_any_more": "every party has approved “{release}” already",
    "mail_rerouted": "mail would leave otherwise than it did: {changes}",
    "release_key_taken": "there is a release “{release}” already",
    "parts_edited_meanwhile": "somebody else edited the same of “{release}” meanwhile: {parts}",
    "release_key_malformed": "“{release}” cannot be the key of a release",
    "release_written_here": "“{release}” was written at the desk since, and its folder changed too",
    "nothing_to_retry": "nobody of “{release}” is to be tried again",
    "retry_of_suppressed": (
        "nobody of “{release}” is to be tried again: the addresses of {count} are suppressed"
    ),
    "release_was_submitted": "“{release}” was submitted, and what people were asked about is kept",
    "release_over": "the deliver-by of “{release}”, {hour}, has passed: nothing more goes",
}

ADVICE: Mapping[str, Remedy | str] = {
    "parts_edited_meanwhile": "look at what it says now, and choose",
    "approval_not_given": "who gave a word takes it back; any approver can reject the release",
    "approval_not_last_any_more": Remedy.MOVE_OR_SEND_BACK,
    "release_key_malformed": "write small letters without accents, digits and hyphens",
    "release_key_taken": "choose another key",
    "release_written_here": Remedy.SAY_FOLDER_LEADS,
    "release_was_submitted": "leave it as it is, or call it off",
    "mail_rerouted": Remedy.AGREE_TO_ROUTES,
    "retry_of_suppressed": ("where an address is right after all, lift its suppression first"),
    "nothing_to_retry": "what failed and what is unknown can be, unless its reader said no since",
}
