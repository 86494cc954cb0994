"""What is said of databases: of their servers and files, and of what they do not take."""

from __future__ import annotations

from collections.abc import Mapping

from communique.wording.remedy import Remedy

HELD = "another transaction holds what this needs, as a snapshot of many people does for a while"
LOOK_FIRST = "look at what is there before you do it again"
SAYS = "the database says: {reason}"

WORDS: Mapping[str, str] = {
    "backup_of_other_database": "this backup holds no database of the kind that this desk has",
    "commit_unconfirmed": (
        "the connection to the database was lost just as this was to be kept: all of it was kept, "
        "or nothing"
    ),
    "data_refused": SAYS,
    "data_taken": "somebody else wrote the same just now: {reason}",
    "database_busy": "the database is busy",
    "database_connections_used_up": SAYS,
    "database_deadlocked": SAYS,
    "database_disk_full": SAYS,
    "database_driver_missing": "no driver for {driver}",
    "database_driver_not_asynchronous": "{driver} is not an asynchronous driver",
    "database_failed": SAYS,
    "database_folder_not_made": "the folder of the database cannot be made: {reason}",
    "database_follows": SAYS,
    "database_held": SAYS,
    "database_is_none": SAYS,
    "database_locked": SAYS,
    "database_lost_later": "what was done by then is kept; after it, {reason}",
    "database_missing": SAYS,
    "database_needs_newer": SAYS,
    "database_not_opened": SAYS,
    "database_not_writable": SAYS,
    "database_outdated": SAYS,
    "database_program_failed": "{program} failed: {reason}",
    "database_program_missing": "{program} is not on PATH",
    "database_program_old": "{program} is of version {version}, and the server of {needed}",
    "database_restarting": SAYS,
    "database_server_busy": SAYS,
    "database_server_full": SAYS,
    "database_not_as_served": (
        "the database is not what it was a moment ago: nothing is written to it"
    ),
    "database_not_in_doubt": (
        "there is nothing to say: this database sends, for it was never in doubt"
    ),
    "database_silent": "the database does not answer",
    "database_starting": SAYS,
    "database_stood_still": SAYS,
    "database_unreachable": SAYS,
    "database_url_unreadable": "the database's URL cannot be read",
    "restore_others_connected": (
        "others are connected to this database: {count}; it is put back only where nobody is"
    ),
    "schema_outdated": "the schema is at revision {revision}, not {needed}",
    "schema_unknown": "the schema is at revision {revision}, which this version does not know",
}

ADVICE: Mapping[str, str | Remedy] = {
    "backup_of_other_database": (
        "let the desk have one of that kind, where it can be put back: {kind}"
    ),
    "commit_unconfirmed": LOOK_FIRST,
    "data_taken": "look at what is there, and try again",
    "database_busy": "try again",
    "database_connections_used_up": "the server has none left; try again, or allow it more",
    "database_deadlocked": "two who wrote at once stood in each other's way; try again",
    "database_disk_full": "make room on the disk; nothing was changed",
    "database_driver_missing": Remedy.INSTALL_DRIVER,
    "database_driver_not_asynchronous": Remedy.DESCRIBE_DATABASE,
    "database_folder_not_made": Remedy.MOVE_DATA,
    "database_follows": "this server takes no changes: it follows another one, or was set so",
    "database_held": f"{HELD}; try again",
    "database_is_none": Remedy.MOVE_DATA,
    "database_locked": "another process writes for long; try again",
    "database_lost_later": LOOK_FIRST,
    "database_missing": Remedy.CREATE_DATABASE,
    "database_needs_newer": "run a Python whose SQLite is newer",
    "database_not_opened": Remedy.MOVE_DATA,
    "database_not_writable": "make the file and its folder writable for this user",
    "database_outdated": Remedy.UPGRADE_DATABASE,
    "database_program_missing": (
        "install PostgreSQL's programs of version {version} or newer (Debian calls them "
        "`postgresql-client-{version}`), or put their folder on PATH"
    ),
    "database_program_old": (
        "install those of version {needed} or newer (Debian calls them "
        "`postgresql-client-{needed}`), and put their folder first on PATH"
    ),
    "database_restarting": "the server is being restarted; try again",
    "database_server_busy": "the server is very busy; try again, or look at what it does",
    "database_server_full": "make room on the server's disk; nothing was changed",
    "database_silent": "look at the server, and try again",
    "database_starting": "the server is starting; try again",
    "database_stood_still": "this process stood still in the middle; nothing was changed",
    "database_unreachable": Remedy.CHECK_DATABASE,
    "database_url_unreadable": Remedy.DESCRIBE_DATABASE,
    "restore_others_connected": "stop every service and program that uses it, and try again",
    "schema_outdated": Remedy.UPGRADE_DATABASE,
    "schema_unknown": "install the version of Communiqué that made it, or a later one",
}
