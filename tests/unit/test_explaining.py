"""What a driver says has a code of ours, by which a door words what it is and what to do."""

from __future__ import annotations

import sqlite3
from typing import Any

import psycopg
import pytest
from sqlalchemy import make_url

from communique.store.explaining import BY_NUMBER, BY_WORDS, explain
from communique.wording import ADVICE, WORDS, Remedy

SQLITE, POSTGRESQL = make_url("sqlite:///x.sqlite"), make_url("postgresql+psycopg:///desk")


@pytest.mark.parametrize("code", sorted({*BY_NUMBER.values(), *BY_WORDS.values()}))
def test_whatever_is_known_of_a_database_has_its_words_and_what_to_do(code: str) -> None:
    assert code in WORDS
    assert code in ADVICE


@pytest.mark.parametrize("number", BY_NUMBER)
def test_a_server_is_understood_by_its_number(number: str) -> None:
    error = explain(psycopg.errors.lookup(number)("annulation de la requête"), POSTGRESQL)
    assert (error.code, error.file) == (BY_NUMBER[number], None)
    assert error.fields == {"reason": "annulation de la requête"}


@pytest.mark.parametrize(
    ("raised", "code", "remedy"),
    [
        (
            sqlite3.OperationalError("unable to open database file"),
            "database_not_opened",
            Remedy.MOVE_DATA,
        ),
        (
            sqlite3.DatabaseError("file is not a database"),
            "database_is_none",
            Remedy.MOVE_DATA,
        ),
        (
            sqlite3.OperationalError("database or disk is full"),
            "database_disk_full",
            "make room on the disk; nothing was changed",
        ),
        (sqlite3.OperationalError("near “x”: syntax error\nmore"), "database_failed", None),
    ],
)
def test_a_file_is_understood_by_its_words(raised: Exception, code: str, remedy: Any) -> None:
    error = explain(raised, SQLITE)
    assert (error.code, error.remedy, str(error.file)) == (code, remedy, "x.sqlite")
    assert error.message == f"the database says: {str(raised).splitlines()[0]}"
