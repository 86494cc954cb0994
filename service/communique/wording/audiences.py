"""What is said of audiences, and of those that associations keep by name."""

from __future__ import annotations

from collections.abc import Mapping

from communique.wording.remedy import Remedy

WORDS: Mapping[str, str] = {
    "audience_changed": (
        "the audience “{audience}” of {association} changed since this was filed, and this goes to "
        "whom it was then"
    ),
    "audience_gone": (
        "{association} keeps no audience “{audience}” any more, and this goes to whom it was when "
        "this was filed"
    ),
    "audience_key_repeated": "there are two audiences with the key “{key}”",
    "audience_name_unknown": "{association} keeps no audience “{audience}” (known: {known})",
    "audience_of_partner_unknown": "{association} keeps no audience “{audience}”",
    "audience_said_twice": "what is used by name says `{key}` already",
    "declared_audience": "audience {association}/{key}",
    "language_unmatched": "no subscriber of {association} reads “{value}” (only.languages)",
    "list_both_ways": "the list “{list}” is gone to and left out at once",
    "list_not_declared": "no list “{text}” is declared here; {hint}",
    "releases_keep_theirs_still": (
        "{releases:and} keep to whom it was when they were filed; file them anew to take it"
    ),
    "releases_keep_theirs": "releases that used it go to whom it was when they were filed",
}

ADVICE: Mapping[str, Remedy | str] = {
    "audience_changed": "file it again to take the new one; it is approved anew then",
    "audience_name_unknown": Remedy.DECLARE_LIST,
    "audience_said_twice": "leave it out, or leave out `use`",
    "list_both_ways": "leave it out of one of the two",
}
