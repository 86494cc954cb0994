"""What is said of who works at the desk: what they may do, and how they sign in."""

from __future__ import annotations

from collections.abc import Mapping

from communique.wording.remedy import Remedy

WORDS: Mapping[str, str] = {
    "account_unknown": "nobody here is known by “{address}”",
    "account_works_already": "who has “{address}” works for {association} already",
    "as_approver": "approver",
    "as_editor": "editor",
    "as_nobody": "nothing",
    "as_owner": "owner",
    "as_roles": "as {roles:and}",
    "as_viewer": "viewer",
    "approval_at_machine": "{association} takes approvals only of people who sign in",
    "approval_of_author": (
        "{person} wrote “{release}”: somebody else of {association} has to approve it"
    ),
    "approval_rule_unknown": "“{text}” is no rule for approvals; {hint}",
    "asked_too_often": "too much was asked from where you are; wait a quarter of an hour",
    "invitation_over": "this invitation is over: it was accepted or withdrawn, or is too old",
    "invitation_unknown": "there is no such invitation, or it has ended",
    "invited_already": "who has “{address}” was asked to work for {association} already",
    "letter_of_invitation": "the invitation to work here",
    "letter_to_sign_in": "the letter that says how to sign in",
    "not_at_machine": "{person} cannot do that: it is done at the machine",
    "not_permitted": "{person} may not {what} at {association}",
    "opens_association": "at {association}",
    "owner_last": "{person} is the last owner of {association}",
    "person_declared": "{person} is declared in the files of {association}",
    "roles_changed": "from {before:and} to {after:and}",
    "session_unknown": "there is no such session ({session})",
    "sessions_ended": "{count} {count:session|sessions}",
    "sign_in_code_rests": "too many codes were tried for this address today",
    "sign_in_code_wrong": "that is not the code; it may be tried {left} more {left:time|times}",
    "sign_in_over": "this way to sign in is over: it was used, or is too old",
    "to_approve": "approve",
    "to_edit": "write or change anything",
    "to_manage": "do what its owners do",
    "to_read": "look at anything",
}

ADVICE: Mapping[str, Remedy | str] = {
    "approval_at_machine": "have one of its approvers sign in and approve it",
    "invitation_over": "ask whoever invited you for another",
    "invited_already": "send that one again, or withdraw it",
    "owner_last": "make somebody else an owner first",
    "person_declared": "change it in subscribers/{association}/association.toml, and take that in",
    "sign_in_code_rests": "use the link of the letter, at the same browser",
    "sign_in_over": "ask for another letter, at the browser that you sign in with",
}
