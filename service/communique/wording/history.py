"""What is said of releases: what to look at twice, and why one moved, or something was done."""

from __future__ import annotations

from collections.abc import Mapping

WORDS: Mapping[str, str] = {
    "losses_seen": "{failed} failed, {unknown} not known",
    "agreement_not_in_force": (
        "the agreement “{agreement}” is not in force on {day} at {association}"
    ),
    "approval_void": "1 approval is void",
    "approvals_void": "{count} approvals are void",
    "copy_of": "a copy of “{release}”",
    "as_declared": "as declared",
    "count_of_state": "{count} {state}",
    "database_changed_hands": (
        "the database was restored, copied or moved; resume it if the rest may still go"
    ),
    "declared_agreement": "agreement {key}",
    "declared_association": "association {key}",
    "declared_by_no_folder": "no folder declares it any more: nobody works for it now",
    "declared_list": "list {association}/{key}",
    "declared_no_more": "no longer declared",
    "deliver_by_passed": "its deliver-by, {hour}, has passed",
    "due_while_in_doubt": (
        "it was due while the database waited for somebody to say that it may send"
    ),
    "edition_lacking": (
        "there is no edition in {languages:and}: who reads that at {association} gets {fallback}"
    ),
    "ends_early_no_more": "no longer ends early",
    "ends_on": "not in force from {day} on",
    "failed_alike": "it failed for {count} {count:reader|readers} alike: {reason}",
    "fields_changed": "{fields}",
    "address_of_next_owner": "somebody else has the address from here on: {source}",
    "fields_changed_by": "{fields}: {source}",
    "for_each_of": "{each:;}",
    "correction_outrun": "the embargo of “{release}” that it speaks of is over",
    "correction_untrue": "the embargo of “{release}” ends at another hour by now, {hour}",
    "embargo_over_before": (
        "its embargo is over, at {hour}, before it goes at {association}: nobody gets it sooner "
        "than others"
    ),
    "hour_agreed": "{hour} too, {whose}",
    "hour_and_embargo": "{hour}, under embargo until {until}",
    "hour_and_no_embargo": "{hour}, under no embargo any more",
    "public_in_no_language": "it can be told in no language: {problems:;}",
    "public_nowhere": "in no newsroom: {problem}",
    "public_in_newsroom": "in the newsroom of {association}: {languages}",
    "not_public_in_language": "not in the newsroom of {association} in {language}: {problem}",
    "put_in_newsroom": "in the newsroom of {associations:and}",
    "taken_out_of_newsroom": "from the newsroom of {associations:and}: {reason}",
    "hour_in_each_zone": "{hour} {zone}, and at that local hour elsewhere",
    "hour_in_zone": "{hour} {zone}",
    "hour_passed_unapproved": "its hour passed before everybody approved: set a new one",
    "hour_taken_away": "no hour any more; it was {hour}",
    "imported_from": "{source}: {added} added, {changed} changed, {unchanged} unchanged",
    "imported_matching": (
        "{source}: {added} added, {changed} changed, {unchanged} unchanged, {left}"
    ),
    "kind_unmatched": "no member of {association} has the kind “{value}” (only.kinds)",
    "left_list": "{count} off {list}",
    "list_empty": "nobody is on the list “{list}” of {association}",
    "mail_leaves_otherwise": "mail of {association} leaves otherwise than before ({change})",
    "nobody_to_write_to": "there is nobody to write to: {doubts:;}",
    "readers_without_name": (
        "the text in {language} addresses its readers by {what}, which {count} of them at "
        "{association} {count:lacks|lack}: write what stands there instead, or around it"
    ),
    "nobody_written_to": "nobody at {association} would be written to",
    "not_approved_by": "not approved by {parties}",
    "not_picked_up": "it could not be picked up: {problem}",
    "nothing_ran_at_its_hour": "it was due at {hour} and nothing ran to send it",
    "nothing_ran_when_due": (
        "nothing ran to send it when it was due; resume it if it may still go"
    ),
    "party_alone": "{association}",
    "party_of_former_approver": "{association}, where {person} approves no more",
    "remark_too_long": (
        "this has {count} {count:character|characters}, and a remark has {most} at most"
    ),
    "said_for": "for {association}",
    "said_in_name_of": "in the name of {person}, for {association}",
    "said_with_comment": "{whose}: {comment}",
    "sector_unmatched": "no member of {association} has the sector “{value}” (only.sectors)",
    "source_broken_off": "{source}, broken off",
    "list_basis_changed": (
        "{fields}: {before} → {now}, by which the consent of {people} holds longer, of {again} of "
        "them after it had lapsed"
    ),
    "synced_change": "{verb} {what} ({detail})",
    "terms_run_on": "no longer declared; its terms run on",
    "territory_elsewise": (
        "members of {association} whose territory is called {values:or} are left out "
        "(only.territories)"
    ),
    "territory_unmatched": (
        "no member of {association} has the territory “{value}” (only.territories)"
    ),
    "test_sent_to": "to {person}, for {association}",
    "transport_rerouted": "{transport}: {now}, not {before}",
    "tried_again": "{counts}",
    "with_lists": "lists: {lists}",
    "with_term": "term {starts} – {ends}",
    "with_terms": "{count} {count:term|terms}",
}
