"""What SQLAlchemy spells at length, or per dialect: an insert that tolerates a conflict, an update
of many rows, and rows as one value.

Rows cross to a statement and back as one JSON value. On SQLite each row that crosses by itself
makes the interpreter's lock change hands twice, which costs more than the row.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import (
    JSON,
    ColumnElement,
    Date,
    FromClause,
    Select,
    Subquery,
    Table,
    Text,
    bindparam,
    cast,
    func,
    literal_column,
    select,
    update,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement
from sqlalchemy.types import TypeEngine

from communique.store.worker_tables import retired


def insert(connection: AsyncConnection | str, table: Table) -> sqlite.Insert | postgresql.Insert:
    """An INSERT with `on_conflict_do_nothing` and `on_conflict_do_update`."""
    dialect = connection if isinstance(connection, str) else connection.dialect.name
    if dialect == "sqlite":
        return sqlite.insert(table)
    return postgresql.insert(table)


async def next_numbers(connection: AsyncConnection, table: Table, count: int) -> Sequence[int]:
    """The numbers of so many rows that this transaction is about to add to a table."""
    if connection.dialect.name == "sqlite":  # where nobody else adds one meanwhile
        found = await connection.execute(select(func.max(table.c.id)))
        gone = await connection.execute(
            select(retired.c.number).where(retired.c.noun == table.name)
        )
        last = max(found.scalar_one() or 0, gone.scalar_one_or_none() or 0)
        return range(last + 1, last + 1 + count)
    each = func.generate_series(1, count).table_valued("one")
    sequence = func.pg_get_serial_sequence(table.name, "id")
    found = await connection.execute(select(func.nextval(sequence)).select_from(each))
    return found.scalars().all()


async def retire(connection: AsyncConnection, table: Table, number: int) -> None:
    """Have `next_numbers` never give the number of a deleted row; PostgreSQL does not anyway."""
    if connection.dialect.name != "sqlite":
        return
    statement = insert(connection, retired).values(noun=table.name, number=number)
    await connection.execute(
        statement.on_conflict_do_update(
            index_elements=["noun"],
            set_={"number": func.max(retired.c.number, statement.excluded.number)},
        )
    )


async def change(
    connection: AsyncConnection,
    table: Table,
    association: str,
    rows: Mapping[int, Mapping[str, object]],
) -> None:
    """Give rows of one association, by their number, new values: each of the same columns."""
    names = next(iter(rows.values()))
    await connection.execute(
        update(table)
        .where(table.c.association_key == association, table.c.id == bindparam("one"))
        .values({name: bindparam(f"new_{name}") for name in names}),
        [
            {"one": number, **{f"new_{name}": value for name, value in values.items()}}
            for number, values in rows.items()
        ],
    )


class _elements(FunctionElement[Any]):  # noqa: N801 - reads as an SQL function
    """The elements of a JSON array, each as a row's `value`."""

    inherit_cache = True


class _gathered(FunctionElement[Any]):  # noqa: N801
    """The rows of a query as one JSON array of arrays; NULL or empty when there is none."""

    inherit_cache = True
    type = JSON()


def given(
    parameter: str, columns: Sequence[ColumnElement[Any]], type_: TypeEngine[Any] | None = None
) -> Subquery:
    """Rows that a statement is given as one parameter: a list of lists, in the columns' order.

    The rows have the names and the types of `columns`; days and instants are given as text. If the
    parameter has the type `Text`, it is JSON already.
    """
    elements = _elements(bindparam(parameter, type_=type_ or JSON())).table_valued("value")
    item = elements.c.value.op("->>")
    return select(
        *(
            cast(item(literal_column(str(place))), _crossing(one.type)).label(one.name)
            for place, one in enumerate(columns)
        )
    ).subquery()


def _crossing(type_: TypeEngine[Any]) -> TypeEngine[Any]:
    """The type to cast to: SQLite has days as text, and would take one for a number."""
    return Date().with_variant(Text(), "sqlite") if isinstance(type_, Date) else type_


def listed(parameter: str, column: ColumnElement[Any]) -> Select[Any]:
    """Values of one column that a statement is given as one parameter: a list of numbers."""
    value = _elements(bindparam(parameter, type_=JSON())).table_valued("value").c.value
    # PostgreSQL casts what is JSON by way of a text only.
    return select(cast(cast(value, Text), column.type))


def gathered(rows: FromClause) -> ColumnElement[Any]:
    """All of `rows` in one value: a list of lists, None or empty where there is no row."""
    return _gathered(*rows.c)


@compiles(_elements, "sqlite")
def _sqlite_elements(element: _elements, compiler: SQLCompiler, **options: object) -> str:
    return f"json_each({compiler.process(element.clauses, **options)})"


@compiles(_elements, "postgresql")
def _postgresql_elements(element: _elements, compiler: SQLCompiler, **options: object) -> str:
    return f"json_array_elements(CAST({compiler.process(element.clauses, **options)} AS JSON))"


@compiles(_gathered, "sqlite")
def _sqlite_gathered(element: _gathered, compiler: SQLCompiler, **options: object) -> str:
    return f"json_group_array(json_array({compiler.process(element.clauses, **options)}))"


@compiles(_gathered, "postgresql")
def _postgresql_gathered(element: _gathered, compiler: SQLCompiler, **options: object) -> str:
    return f"json_agg(json_build_array({compiler.process(element.clauses, **options)}))"
