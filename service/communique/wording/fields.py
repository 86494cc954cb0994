"""What is said of kinds of releases, and of the fields that they declare."""

from __future__ import annotations

from collections.abc import Mapping

WORDS: Mapping[str, str] = {
    "activity_all_day_with_hour": "`{key}` says an hour, and the activity lasts all day",
    "activity_called_off": "“{release}” called the activity off already",
    "activity_told_since": "“{release}” told calendars something later of the activity",
    "activity_unannounced": "“{release}” has announced no activity to anybody of this first party",
    "activity_over": "the activity is over by then: it ends at {hour} {zone}",
    "activity_without_hour": "`{key}` says no hour, and the activity does not last all day",
    "ends_before_start": "it ends before it starts",
    "field_choice_unknown": "“{text}” is no choice; it can be: {known}",
    "field_key_not_allowed": "“{text}” cannot be the key of a field",
    "field_missing": "`{field}` is missing, which a release of the kind “{kind}” has",
    "field_not_of_kind": "the kind “{kind}” has no field `{field}`; it has {known}",
    "field_not_party": "“{association}” is no party; the parties are {known}",
    "field_repeated": "there are two fields with the key “{field}”",
    "field_unwritten": "`{key}` still has the … that it began with",
    "field_with_template": "`{key}` is shown as it stands: values of a reader go into the body",
    "kind_lacks_field": "its nature wants the field `{field}` of the type “{type}”",
    "kind_unreadable": "does not declare a kind: {reason}",
    "register_by_after_start": "one can register until after it has begun",
    "release_follows_itself": "“{release}” cannot follow itself: it names the release before it",
    "word_unknown": "there is no “{text}” here; {hint}",
}

ADVICE: Mapping[str, str] = {
    "activity_all_day_with_hour": "write the day alone, 2019-10-03, or take `all_day` away",
    "activity_called_off": "if it takes place after all, announce it anew, as a release of its own",
    "activity_told_since": "begin what comes after it from that one",
    "activity_without_hour": "write the hour too, “2019-10-03 18:00”, or `all_day = true`",
    "field_key_not_allowed": "use lower-case letters, digits and underscores, and no name that an "
    "edition has anyway, such as subject or body",
    "field_missing": "write it where the others are",
    "field_with_template": "write it without {{{{ and {{%",
    "kind_lacks_field": "declare it once for a release; and as required, where it must always be",
}
