"""A database as an old version left it, put back row by row into the schema of its day.

`205e8f3.json` is made by `tools/old_database.py`. The old schema is read back from the database
that its migration made: the tables in the code have moved on and must not be asked.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date, datetime
from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config
from sqlalchemy import (
    Column,
    Connection,
    Date,
    DateTime,
    MetaData,
    create_engine,
    func,
    make_url,
    select,
)

from communique.store.migrations import FOLDER

HERE = Path(__file__).parent


def read(commit: str = "205e8f3") -> Mapping[str, Any]:
    """What an old version left, showed and did next."""
    made: Mapping[str, Any] = json.loads((HERE / f"{commit}.json").read_text(encoding="utf-8"))
    return made


def load(url: str, old: Mapping[str, Any]) -> None:
    """Make an empty database what the old one was: its revision, its rows, its next numbers."""
    address = make_url(url)
    if address.get_backend_name() == "sqlite":
        address = address.set(drivername="sqlite")
    engine = create_engine(address)
    try:
        with engine.begin() as connection:
            config = Config()
            config.set_main_option("script_location", FOLDER.as_posix())
            config.attributes["connection"] = connection
            command.upgrade(config, old["revision"])
        with engine.begin() as connection:
            _insert(connection, old["tables"])
    finally:
        engine.dispose()


def write_templates(old: Mapping[str, Any], folder: Path) -> None:
    """Lay out the templates that its releases were frozen with, as they stood on its disk."""
    documents = old["tables"]["contents"]
    place = documents["columns"].index("document")
    for row in documents["rows"]:
        for name, source in json.loads(row[place])["templates"].items():
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(source, encoding="utf-8")


def _insert(connection: Connection, tables: Mapping[str, Any]) -> None:
    schema = MetaData()
    schema.reflect(connection, only=list(tables))
    for table in schema.sorted_tables:
        kept = tables[table.name]
        columns = [table.c[name] for name in kept["columns"]]
        rows = [
            {column.name: _value(column, value) for column, value in zip(columns, row, strict=True)}
            for row in kept["rows"]
        ]
        if rows:
            connection.execute(table.insert(), rows)
        if "id" in table.c and connection.dialect.name == "postgresql":
            # Rows that bring their numbers leave the sequence where it was; SQLite looks itself.
            sequence = func.pg_get_serial_sequence(table.name, "id")
            last = select(func.max(table.c.id)).scalar_subquery()
            connection.execute(select(func.setval(sequence, last)))


def _value(column: Column[Any], value: Any) -> Any:
    """A JSON value as the column takes it; SQLite keeps instants as the text they are in."""
    if isinstance(value, str) and isinstance(column.type, DateTime):
        return datetime.fromisoformat(value)
    if isinstance(value, str) and isinstance(column.type, Date):
        return date.fromisoformat(value)
    return value
