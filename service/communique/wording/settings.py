"""What is wrong with a setting: never its value, which may be a password."""

from __future__ import annotations

from collections.abc import Mapping

WORDS: Mapping[str, str] = {
    "settings_invalid": "{complaints:;}",
    "settings_doubtful": "{complaints:.}",
    "setting_wrong": "{name}: {why}",
    "setting_unknown": "{name} in the environment is no setting; did you mean {near}?",
    "setting_unknown_in_file": "{name} in {path} is no setting; did you mean {near}?",
    "setting_with_dollar": (
        "{name} in {path} has a $, which docker compose would replace and this does not: write its "
        "value in single quotes, or keep a password in a file."
    ),
    "setting_with_remark": (
        "{name} in {path} has a # after a blank, where a remark begins: write its value in single "
        "quotes, and a remark on a line of its own."
    ),
    "setting_not_json": "{name} is not JSON",
    "setting_at_least": "it must be at least {bound}",
    "setting_at_most": "it must be at most {bound}",
    "setting_below": "it must be less than {bound}",
    "setting_above": "it must be greater than {bound}",
    "setting_one_of": "it must be {known}",
    "setting_not_number": "it must be a number",
    "setting_not_yes_or_no": "it must be true or false",
    "setting_not_duration": "write it as PT1H (an hour), PT15M (15 minutes), PT30S or PT1H30M",
    "setting_refused": "{reason}",
    "password_twice": "set password or password_file, not both",
    "username_without_password": "username needs password or password_file",
    "password_in_clear": (
        "with tls none, whoever is on the way to the relay reads the password: use starttls or "
        "implicit, or no username"
    ),
    "public_url_not_https": (
        "{name} must be https once a relay is configured: one-click unsubscribe asks for it "
        "(RFC 8058 §3.1)"
    ),
    "several_without_postgresql": (
        "{name}=distributed needs PostgreSQL: set {other}, or leave the engine local"
    ),
    "several_with_mailbox": (
        "{name}=distributed needs a relay, for the built-in mailbox belongs to one process: "
        "set {other}"
    ),
    "several_count_apart": (
        "{name}=distributed keeps no DOMAIN_RATE, which each process would count for itself: use "
        "RATE instead for {relays}"
    ),
}
