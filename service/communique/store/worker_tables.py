"""The tables of what workers share: who works here, what comes round, paces, rests, keys.

None of them is a truth about a release; all that is lost with a row is a wait or a count.
"""

from __future__ import annotations

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    Float,
    ForeignKey,
    Integer,
    PrimaryKeyConstraint,
    Table,
    Text,
    false,
)

from communique.store.tables import Identity, Instant, metadata

nodes = Table(
    "nodes",
    metadata,
    Column("id", Identity, primary_key=True),
    Column("host", Text, nullable=False),
    Column("boot", Text, nullable=False),
    Column("pid", BigInteger, nullable=False),
    Column("start", BigInteger, nullable=False),
    Column("engine", Text, nullable=False),
    Column("roles", JSON, nullable=False),
    Column("started_at", Instant, nullable=False),
    Column("beat", BigInteger, nullable=False),
    Column("whereabouts", Text, nullable=False, server_default=""),  # of the database, on entering
    # A number that was a node's is in tokens of claims, and never another's.
    sqlite_autoincrement=True,
)

chores = Table(
    "chores",
    metadata,
    Column("name", Text, primary_key=True),
    Column("next_run_at", Instant, nullable=False),  # on the database's clock
)

paces = Table(
    "paces",
    metadata,
    Column("transport", Text, nullable=False),
    Column("domain", Text, nullable=False),  # empty: the whole transport's
    Column("level", Float, nullable=False),
    Column("at", Instant, nullable=False),  # on the database's clock
    PrimaryKeyConstraint("transport", "domain"),
)

rests = Table(
    "rests",
    metadata,
    Column("transport", Text, nullable=False),
    Column("domain", Text, nullable=False),  # empty: the whole transport
    Column("until", Instant, nullable=False),  # on the database's clock
    Column("seconds", Float, nullable=False),  # how long it was when it began
    Column("reason", Text, nullable=False),
    PrimaryKeyConstraint("transport", "domain"),
)

failures = Table(
    "failures",
    metadata,
    Column("release_id", ForeignKey("releases.id"), nullable=False),
    Column("kind", Text, nullable=False),  # empty: those who did not fail
    Column("count", Integer, nullable=False),
    # Whether a person saw that readers fail for it, and said go on.
    Column("meant", Boolean, nullable=False, server_default=false()),
    PrimaryKeyConstraint("release_id", "kind"),
)

keys = Table(
    "keys",
    metadata,
    Column("number", Identity, primary_key=True),  # in order of registration
    Column("id", Text, nullable=False, unique=True),
    Column("fingerprint", Text, nullable=False),
    Column("registered_at", Instant, nullable=False),
)

lineages = Table(
    "lineages",
    metadata,
    Column("number", Identity, primary_key=True),  # in order; the last is the present life
    Column("id", Text, nullable=False, unique=True),
    Column("whereabouts", Text, nullable=False),
    Column("begun_at", Instant, nullable=False),
    Column("doubt", Text),
    Column("doubted_at", Instant),
)

memories = Table(
    "memories",
    metadata,
    Column("id", Text, primary_key=True),
    Column("lineage", ForeignKey("lineages.id"), nullable=False),
    Column("mark", BigInteger, nullable=False),  # it rises with whatever is claimed and recorded
)

routes = Table(
    "routes",
    metadata,
    Column("transport", Text, primary_key=True),
    Column("host", Text, nullable=False),  # empty: the built-in mailbox
)

retired = Table(  # the highest numbers of rows that are deleted: SQLite would give them again
    "retired",
    metadata,
    Column("noun", Text, primary_key=True),  # the table's
    Column("number", BigInteger, nullable=False),
)
