"""What a person can do about an error, where that is not done alike at every door."""

from __future__ import annotations

from enum import Enum


class Remedy(Enum):
    """What a person can do. The name is its code; the value says it where no door is known."""

    AGREE_TO_ROUTES = "set the relays up as they were, or say that mail may leave as it is set now"
    BEGIN_DESK = "begin a desk, which has two associations to start from"
    CHECK_DATABASE = "check where the database is said to be, and that its server runs"
    CHOOSE_COLUMN = "say which it is: {choices}"
    CHOOSE_ENCODING = "say which it is: {choices}; as they would be read: {samples}"
    CHOOSE_LIST = "choose one of its lists"
    CHOOSE_SHEETS = "read each by itself: first those of who said no, then “{sheet}”"
    COPY_TO_PUBLISH = "have a copy of it approved that is to be public"
    CREATE_DATABASE = "create the database, or bring its schema up to date"
    DECLARE_AGREEMENT = "declare it in subscribers/agreements.toml, and take that in"
    DECLARE_ASSOCIATION = "declare it in a folder of subscribers/, and take that in"
    DECLARE_LIST = "declare it in subscribers/{association}/lists.toml, and take that in"
    DESCRIBE_DATABASE = "write it like postgresql+psycopg://user@host/name"
    EXPLAIN_SETTINGS = "each setting is explained in docs/settings.md"
    FREE_MAILBOX_PORT = "stop what listens there, or give the mailbox another port"
    GIVE_BOTH_ROLES = "let it both schedule and send, or use the distributed engine"
    GIVE_SAME_KEYS = "give every machine the same signing keys, in the same order"
    INSTALL_DRIVER = "install what PostgreSQL needs, or use the built-in database"
    LIST_RELEASES = "look which releases there are"
    MAP_COLUMNS = "say which columns these are: {fields}"
    MERGE_OR_MIND_SPELLING = "mind its spelling; if both are one person, make them one"
    MOVE_DATA = "keep the data in a folder that is there and may be written in"
    MOVE_HOUR_OR_RENEW = "give it an hour that comes before, or renew the agreement"
    MOVE_OR_SEND_BACK = "choose another hour for it or none, or reject it"
    NAME_WHAT_YES_IS_TO = "name the list, or say that it is to all of them"
    RECORD_NEW_YES = "record a newer yes of theirs, with its day and how it came"
    RECORD_YES = (
        "they take it back by the link in any message they got; or record a newer yes of theirs, "
        "with its day and how it came"
    )
    REJECT_AND_SUBMIT = "reject it, submit it again, and have every party approve it again"
    RENEW_AGREEMENT = (
        "agree on a further term, add it in subscribers/agreements.toml, and take it in"
    )
    RESTORE_KEYS = "put the keys back from a copy; without one, those links stay dead"
    SAY_BEYOND_TERM = "choose an hour while it is, or say that this one is meant"
    SAY_DATE_ORDER = "write dates year-month-day, or say which order the file has"
    REVIVE = "give the list the basis that it had; or say that theirs may hold again"
    SAY_FOLDER_LEADS = "take what the desk has into the folder, or say that the folder replaces it"
    SAY_FOR_PARTY = "have each of them say yes to that hour; a later one needs nobody’s word"
    SAY_HOW_MANY_LEAVE = "look whether it is the right file, and whole; then say how many may leave"
    SAY_PRESS_HAS_IT = "leave the hour, or say that you know; then tell them by a correction"
    SAY_WHOSE_NUMBER = "leave that column out; or say that these are numbers of companies"
    SAY_WHO_IT_IS = "say whether they are the same person, or who has that address next"
    SET_UP_TRANSPORT = "set that transport up, or let the association send through another"
    SET_WITH_HOUR = "set the end of the embargo with the hour at which it goes"
    START_NEXT_DAY = "let it start on {starts}, or say that the days between are meant"
    STOP_OTHER = "stop it first, or give this one a folder and a database of its own"
    UPGRADE_DATABASE = "bring the database's schema up to date"

    @property
    def code(self) -> str:
        """How programs know it."""
        return self.name.lower()
