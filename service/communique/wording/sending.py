"""What is said of sending: of what cannot be tried again."""

from __future__ import annotations

from collections.abc import Mapping

from communique.wording.remedy import Remedy

WORDS: Mapping[str, str] = {
    "mail_rerouted": "mail would leave otherwise than it did: {changes}",
    "nothing_to_retry": "nobody of “{release}” is to be tried again",
    "release_over": "the deliver-by of “{release}”, {hour}, has passed: nothing more goes",
}

ADVICE: Mapping[str, Remedy | str] = {
    "mail_rerouted": Remedy.AGREE_TO_ROUTES,
    "nothing_to_retry": "what failed and what is unknown can be, unless its reader said no since",
}
