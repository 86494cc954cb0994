"""What errors say in English, by their codes, and what to do about them.

The `{blanks}` are filled with an error's fields. It is for logs, and stands in where a door has no
words of its own; so it never names a command, an option or a variable. Where doing something is
not the same at every door, the advice is a Remedy, which each door words for itself.
"""

from __future__ import annotations

from collections.abc import Mapping

from communique.wording import (
    accounts,
    agreements,
    audiences,
    databases,
    fields,
    history,
    lawful,
    parts,
    people,
    sending,
    settings,
    spreadsheets,
    texts,
)
from communique.wording.remedy import Remedy

__all__ = ["ADVICE", "WORDS", "Remedy"]

AN_HOUR = "write it like “2027-06-03 09:00”, “tomorrow 9:00” or “in 10 minutes”"

WORDS: Mapping[str, str] = {
    **accounts.WORDS,
    **agreements.WORDS,
    **audiences.WORDS,
    **databases.WORDS,
    **fields.WORDS,
    **history.WORDS,
    **lawful.WORDS,
    **parts.WORDS,
    **people.WORDS,
    **sending.WORDS,
    **settings.WORDS,
    **spreadsheets.WORDS,
    **texts.WORDS,
    "actor_not_approver": "{person} may not approve for {association}",
    "address_character_invisible": (
        "“{text}” has an invisible character before the @ (U+{character:04X})"
    ),
    "address_character_not_allowed": (
        "“{text}” has a character or a dot that an address cannot have before the @"
    ),
    "address_empty": "the address is empty",
    "address_local_part_too_long": "“{text}” has more than 64 octets before the @",
    "address_not_ascii": "“{text}” has letters before the @ that not every relay can carry",
    "address_too_long": "“{text}” is longer than 254 octets",
    "address_without_at": "“{text}” has no @",
    "address_without_domain": "“{text}” has nothing after the @",
    "address_without_local_part": "“{text}” has nothing before the @",
    "advantage_not_public": "“{release}” offers an advantage, which is never public",
    "newsroom_closed": "{association} has no newsroom",
    "newsroom_unknown": "{association} has no newsroom; there are those of {known}",
    "embargo_beyond_deliver_by": "the embargo of “{release}” would end after its deliver-by",
    "embargo_approved": (
        "“{release}” was submitted to be public at {hour} or later, and is not made public sooner"
    ),
    "embargo_goes_with_hour": "nothing of “{release}” has gone out yet ({state})",
    "embargo_not_agreed": (
        "{parties:and} did not say that “{release}” may be public as soon as {hour}"
    ),
    "embargo_untold": "nobody of the press was told an hour by “{release}”",
    "press_told_so": "whoever of the press has “{release}” was told the hour that it has",
    "correction_beyond_press": "it corrects what the press was told, and goes to {lists:and} too",
    "embargo_over": "“{release}” is under no embargo any more",
    "press_has_it": (
        "{count} of the press {count:has|have} “{release}” with {hour} as the end of its embargo, "
        "and may tell "
        "it then"
    ),
    "newsroom_file_not_ours": "there is a file already that was not written by an export",
    "newsroom_file_outside": "this would be written outside of the folder",
    "newsroom_without_language": (
        "the newsroom of {association} will not have it in {language}: {problem}"
    ),
    "release_approved_as_private": (
        "every party approved “{release}” as one that no newsroom shows (newsroom = false)"
    ),
    "release_not_public": "“{release}” is in no newsroom",
    "release_not_sent": "“{release}” was not sent, or was called off",
    "release_public_already": "“{release}” is public already, wherever there is a newsroom",
    "advantage_outlasts_agreement": (
        "the advantage lasts until {ends}, and the agreement “{agreement}” holds no more on {day}"
    ),
    "advantage_over": (
        "the advantage lasts until {ends}: at {association} it would be {day}, and over"
    ),
    "agreement_of_others": (
        "“{agreement}” is no agreement of {associations}; a release cites one of all its parties"
    ),
    "agreement_repeated": "there are two agreements with the key “{key}”",
    "agreement_term_changed": (
        "the agreement “{agreement}” no longer has its term {starts} – {ends}; terms are only ever "
        "appended"
    ),
    "agreement_too_few_parties": "an agreement has at least two parties",
    "agreement_unknown": "there is no agreement “{agreement}”",
    "approver_unknown": "“{person}” may not approve for {association}",
    "association_folder_misnamed": "“{text}” is not {what}",
    "association_not_declared": "no association “{text}” is declared; {hint}",
    "association_not_party": "{association} is no party to “{release}”",
    "association_unknown": "there is no association “{association}” (known: {known})",
    "association_without_approver": "nobody can approve a release for it",
    "associations_not_declared": "no association is declared here",
    "attachment_name_not_allowed": "a file beside a message cannot be called “{name}”",
    "attachment_type_unknown": "“{media_type}” is no type of a file beside a message",
    "audience_repeated": "“{association}” has more than one [[audience]]",
    "audience_unknown": "“{release}” has no audience at {association}",
    "audience_without_edition": "no edition is in a language of {association} ({languages})",
    "consent_basis_unknown": "“{text}” is no basis of consent; {hint}",
    "content_changed": "the stored content {content} is not what was approved",
    "content_format_unknown": (
        "the content {content} was frozen in format {format}; this version of Communiqué reads up "
        "to {newest}"
    ),
    "content_gone": "the content {content} is no longer kept",
    "content_not_named": "“{content}” is not the hash of a content",
    "content_not_under_review": (
        "the content {content} of “{release}” is not the one under review, which is {under_review}"
    ),
    "content_unreadable": "the frozen content {content} does not read as format {format}: {reason}",
    "content_without_association": "“{release}” was frozen without the association “{association}”",
    "backup_missing": "there is no such file",
    "backup_unreadable": "is no backup: {reason}",
    "declarations_invalid": "{count} {count:problem|problems} in {folder}",
    "deliver_by_too_early": "deliver-by is not after the hour of {association}, {hour}",
    "delivery_unknown": "there is no delivery {delivery} in the log",
    "desk_not_begun": "cannot start a desk here: {reason}",
    "domain_invalid": "“{text}” is not the name of a domain",
    "edition_unknown": "{association} sends “{release}” in no “{language}”",
    "engine_local_needs_both_roles": "the engine “local” schedules and sends in one process",
    "file_exists": "there is already such a file",
    "file_missing": "is missing",
    "file_not_regular": "is no file of text",
    "file_not_utf8": "is not UTF-8 text",
    "file_outside_folder": "leads to what is not in {folder}",
    "file_too_large": "has more than {most} KB",
    "file_unreadable": "cannot be read: {reason}",
    "files_exist": "there is already {known} here",
    "folder_missing": "there is no such folder",
    "french_not_spoken": "it requires French and does not speak it: add “fr”",
    "front_matter_missing": "the front matter is missing or does not end",
    "header_not_ascii": "{what} is not plain visible ASCII",
    "hour_beyond_calendar": "“{text}” is beyond any calendar",
    "hour_leapt_over": "there is no {hour} in {zone} on {day}: the clocks go forward",
    "day_of_another_name": "“{text}”: {day} is another day of the week",
    "day_unreadable": "“{text}” is not a day",
    "hour_missing": "“{text}” says no hour",
    "hour_past": "{hour} is past",
    "hour_twice": "{hour} comes twice in {zone} on {day}: the clocks go back",
    "hour_unreadable": "“{text}” is not a date and an hour",
    "journal_not_written": "nothing is claimed, for it cannot be noted: {reason}",
    "journal_unusable": "the journal cannot be opened: {reason}",
    "json_unreadable": "is not JSON: {reason}",
    "key_missing": "`{key}` is missing",
    "key_unknown": "unknown key `{key}`; {hint}",
    "kind_unknown": "there is no kind “{kind}”; {hint}",
    "person_language_not_spoken": "the association does not write in “{language}”, but in {known}",
    "language_too_exact": "“{text}” says more than a language: write “{language}”",
    "language_unknown": "“{language}” is not a language such as fr or en",
    "list_not_chosen": "{association} has several lists: {known}",
    "tables_missing": "there is no [[{key}]]",
    "list_not_frozen": "{association} has no list “{list}”",
    "list_of_partner_unknown": "{association} has no list “{list}”",
    "list_repeated": "there are two lists with the key “{key}”",
    "list_unknown": "{association} has no list “{list}” (known: {known})",
    "mailbox_not_local": "the built-in mailbox cannot listen on {host}",
    "mailbox_port_taken": "the built-in mailbox cannot listen on {host}:{port}: {reason}",
    "memory_unusable": "what is done here cannot be remembered: {reason}",
    "password_unreadable": "the password of transport “{transport}” cannot be read: {reason}",
    "person_address_repeated": "{person} already has this address",
    "person_repeated": "there are two people called {person}",
    "person_unknown": "{address} is not one of {association}'s people; a test goes to nobody else",
    "problems_found": "{count} {count:thing is|things are} wrong",
    "queue_unusable": "the queue cannot be used: {reason}",
    "queue_version_unknown": (
        "the queue in this database is of another version of Procrastinate: it has no {missing}"
    ),
    "release_changed": "the content of “{release}” changed since it was submitted: {differing}",
    "release_changed_meanwhile": "somebody else just changed “{release}”",
    "release_edited_meanwhile": "somebody else edited “{release}” meanwhile",
    "release_folder_misnamed": (
        "a release's folder is named in lower-case letters, digits and hyphens"
    ),
    "release_folder_not_begun": "a release cannot begin like this",
    "release_folder_unreadable": "the release in {folder} cannot be read",
    "release_gone": "there is no such release",
    "release_names_unknown": "“{release}” names what is not here",
    "release_not_advantage": "“{release}” is no advantage that was submitted: it has no passes",
    "release_not_begun": "cannot pause a release that is approved: nothing of it is being sent yet",
    "release_not_in_state": "cannot {verb} a release that is {state}",
    "release_not_renderable": "the release cannot be rendered for every reader",
    "release_not_sendable": "“{release}” cannot be sent",
    "release_not_submitted": "“{release}” has not been submitted",
    "release_or_parties_changed_meanwhile": (
        "somebody else just changed “{release}”, or what its parties declare"
    ),
    "release_unknown": "there is no release “{release}”",
    "release_without_audience": "the release has no audience",
    "release_without_edition": "the release has no edition",
    "release_without_hour": "“{release}” has no hour",
    "release_without_party": "a release needs at least one party",
    "release_without_reader": "there is nobody to write to any more",
    "restore_would_replace": "{names} are here already",
    "role_unknown": "“{text}” is no role of a person; {hint}",
    "service_running": "another service works here: process {process} on {host}",
    "signing_key_differs": (
        "another signing key “{key}” is the one that mail already sent is signed with"
    ),
    "signing_key_lost": (
        "the signing key is not here, and links in mail already sent are signed with it"
    ),
    "signing_key_malformed": (
        "a signing key is not an id of 1 to 8 letters and digits, `:` and at least 64 hexadecimal "
        "digits"
    ),
    "signing_key_misplaced": "the signing key “{key}” began here, so it must be the last one",
    "signing_key_missing": "there is no signing key",
    "signing_key_not_kept": "cannot keep the signing key: {reason}",
    "signing_keys_lacking": "links in mail already sent are signed with keys not here: {keys}",
    "subscriber_gone": "there is no such subscriber",
    "subscriber_unknown": "{association} has no subscriber of the address “{address}”",
    "subscribers_folder_missing": "there is no such folder",
    "term_ends_before_start": "the term ends before it starts",
    "terms_overlap": "the term starts before the one above has ended",
    "text_control_character": "{what} holds a control character (U+{character:04X})",
    "text_lone_surrogate": "a text holds half a character (a lone surrogate)",
    "time_unit_unknown": "“{unit}” is not a unit of time known here",
    "time_zone_misspelt": "there is no time zone “{zone}”; {hint}",
    "time_zone_abbreviated": "“{zone}” is no place’s time: it knows no summer, or no law",
    "time_zone_unknown": "“{zone}” is not the name of a time zone",
    "token_part_invalid": "a part of a token holds a dot",
    "toml_unreadable": "is not TOML: {reason}",
    "transport_not_set_up": "{association} sends through “{transport}”, which is not set up",
    "value_empty": "`{key}` is empty",
    "value_malformed": "“{text}” is not {what}",
    "value_not_boolean": "`{key}` must be true or false",
    "value_not_instant": "`{key}` must be an hour with its offset: 2019-05-30T09:00:00-04:00",
    "value_not_languages": '`{key}` must be a list of languages: ["fr", "en"]',
    "value_not_link": "`{key}` must be a web address (https://…)",
    "value_not_moment": '`{key}` must be a local hour, "2019-10-03 18:00", or a day',
    "value_out_of_range": "`{key}` must be from 0 to {most:,}",
    "value_not_number": "`{key}` must be a whole number, without quotes: 40",
    "value_not_quotations": "`{key}` must be quotations, each with its words and a name",
    "value_not_by_language": "`{key}` must be given by language: {key}.{language} =",
    "value_not_day": "`{key}` must be a day, without quotes: 2025-06-03",
    "value_not_table": "`{key}` must be a table",
    "value_not_tables": "`{key}` must be tables, each begun with [[{heading}]]",
    "value_not_text": "`{key}` must be text, in quotes",
    "value_not_texts": "`{key}` must be a list of one text or more",
    "value_repeated": "`{key}` says one thing twice",
    "web_address_invalid": "“{text}” is not a web address (https://…)",
    "web_address_without_host": "it has no host",
}

ADVICE: Mapping[str, str | Remedy] = {
    **accounts.ADVICE,
    **agreements.ADVICE,
    **audiences.ADVICE,
    **databases.ADVICE,
    **lawful.ADVICE,
    **fields.ADVICE,
    **people.ADVICE,
    **sending.ADVICE,
    **spreadsheets.ADVICE,
    **texts.ADVICE,
    "advantage_outlasts_agreement": (
        "have it end while the agreement holds, or give the agreement a term that lasts longer"
    ),
    "advantage_over": "give it a later last day, or an earlier hour",
    "agreement_term_changed": (
        "put the term back as it was; to end the agreement early, give it `ended = ` and the first "
        "day on which it no longer holds"
    ),
    "agreement_unknown": Remedy.DECLARE_AGREEMENT,
    "approver_unknown": (
        "who may: {approvers} (declared in subscribers/{association}/association.toml)"
    ),
    "association_folder_misnamed": "rename the folder",
    "association_not_party": "its parties are {parties}",
    "association_unknown": Remedy.DECLARE_ASSOCIATION,
    "association_without_approver": 'give a [[person]] `roles = ["approver"]`',
    "associations_not_declared": Remedy.BEGIN_DESK,
    "audience_repeated": "name all lists in one",
    "audience_unknown": "it has at {known}",
    "audience_without_edition": "write {language}.md",
    "content_format_unknown": "run the version that froze it, or a newer one",
    "agreement_of_others": "cite one that every party is in, or none",
    "content_not_named": "give its whole hash, 64 digits, as the review shows it",
    "content_not_under_review": "read it as it stands now, and approve that",
    "correction_beyond_press": "name lists of the press alone: {press:and}",
    "deliver_by_too_early": "choose a later deliver-by, or an earlier hour",
    "desk_not_begun": "name a folder that you may write in",
    "edition_unknown": "it sends {known}",
    "engine_local_needs_both_roles": Remedy.GIVE_BOTH_ROLES,
    "file_not_utf8": "save it as UTF-8",
    "file_outside_folder": "put the file itself there, in place of the link",
    "files_exist": "choose another folder, or move these away first",
    "front_matter_missing": (
        "begin with a line {fence}, then subject = and preheader =, then {fence}"
    ),
    "hour_beyond_calendar": AN_HOUR,
    "hour_leapt_over": "choose an hour before or after the change",
    "day_of_another_name": "say which day is meant",
    "day_unreadable": "write it like “2027-06-03” or “June 3, 2027”",
    "hour_missing": "add one, like “{day} 09:00”",
    "hour_past": "choose an hour to come",
    "hour_twice": "say which: {choices}",
    "hour_unreadable": AN_HOUR,
    "journal_not_written": "make room on the disk, or start it again; nothing is lost meanwhile",
    "journal_unusable": "the service must be able to write there",
    "list_not_chosen": Remedy.CHOOSE_LIST,
    "list_not_frozen": "its lists are {known}",
    "list_unknown": Remedy.DECLARE_LIST,
    "mailbox_not_local": "it takes mail from anybody who reaches it: use 127.0.0.1 or ::1",
    "mailbox_port_taken": Remedy.FREE_MAILBOX_PORT,
    "person_unknown": "declared in association.toml: {known}",
    "queue_unusable": "check that the database's server runs",
    "queue_version_unknown": (
        "end every service, then drop its types, tables and functions: all their names begin with "
        "procrastinate_; they are made anew, and nothing is lost"
    ),
    "release_changed": "submit it again, and have every party approve it again",
    "release_changed_meanwhile": "look, and try again",
    "release_or_parties_changed_meanwhile": "look, and try again",
    "release_edited_meanwhile": "look at what it says now, and edit that",
    "release_folder_misnamed": "name it like autumn-mission",
    "release_not_begun": Remedy.MOVE_OR_SEND_BACK,
    "release_not_in_state": "it must be {allowed:or}",
    "release_not_submitted": "submit it first",
    "release_unknown": Remedy.LIST_RELEASES,
    "release_without_edition": "write fr.md, en.md, …",
    "restore_would_replace": "restore into another folder, or have what is here moved aside",
    "service_running": Remedy.STOP_OTHER,
    "settings_doubtful": Remedy.EXPLAIN_SETTINGS,
    "settings_invalid": Remedy.EXPLAIN_SETTINGS,
    "signing_key_differs": Remedy.GIVE_SAME_KEYS,
    "signing_key_lost": Remedy.RESTORE_KEYS,
    "signing_key_malformed": "keep old keys: links in mail already sent are signed with them",
    "signing_key_misplaced": Remedy.GIVE_SAME_KEYS,
    "signing_key_not_kept": Remedy.MOVE_DATA,
    "signing_keys_lacking": Remedy.GIVE_SAME_KEYS,
    "subscribers_folder_missing": Remedy.BEGIN_DESK,
    "time_unit_unknown": (
        "count in seconds, minutes, hours, days or weeks, or write the date itself, like "
        "“2027-06-03 09:00”"
    ),
    "time_zone_abbreviated": "name a place, like America/Toronto or America/New_York",
    "time_zone_unknown": "write it like America/Toronto",
    "transport_not_set_up": Remedy.SET_UP_TRANSPORT,
}
