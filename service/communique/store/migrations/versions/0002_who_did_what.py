"""Who did what: events of everything with their actors, revisions, and numbered submissions."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from communique.store import tables

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

# Who it was, as far as an old event tells: people had only the command line, and the service always
# said why it paused. What is left was a person's pause with a reason, or the service's: unknown.
OLD_EVENTS = """
INSERT INTO events (id, subject, subject_id, subject_key, verb, state, actor_kind, actor_name,
                    detail, at)
SELECT old.id, 'release', old.release_id, releases.key, old.verb, old.state, old.actor,
       CASE old.actor WHEN 'operator' THEN 'the operator at the machine'
                      WHEN 'service' THEN 'the service'
                      ELSE 'somebody, before actors were kept' END,
       old.detail, old.at
FROM (
    SELECT id, release_id, state, detail, at,
        CASE verb WHEN 'pick up' THEN 'pick_up' WHEN 'refuse to send' THEN 'void' ELSE verb END
            AS verb,
        CASE
            WHEN verb IN ('pick up', 'refuse to send', 'finish') THEN 'service'
            WHEN verb = 'miss' AND detail NOT LIKE 'its hour passed before everybody approved%'
                THEN 'service'
            WHEN verb <> 'pause' OR detail = '' THEN 'operator'
            WHEN detail LIKE 'nothing ran to send it when it was due%' THEN 'service'
            WHEN detail LIKE 'it failed for % readers alike: %' THEN 'service'
            ELSE 'unknown'
        END AS actor
    FROM release_events
) AS old JOIN releases ON releases.id = old.release_id
ORDER BY old.id
"""

# A word counted if it was said after the last submission: it keeps the number of that one.
SUBMISSIONS = """
UPDATE releases SET submission = (
    SELECT count(*) FROM release_events
    WHERE release_events.release_id = releases.id AND release_events.verb = 'submit'
)
"""
SPOKEN_OF = """
UPDATE approvals SET
    actor_kind = 'operator',
    actor_name = 'the operator at the machine',
    submission = (
        SELECT count(*) FROM release_events
        WHERE release_events.release_id = approvals.release_id
            AND release_events.verb = 'submit' AND release_events.at <= approvals.at
    )
"""
NEXT_NUMBER = "SELECT setval(pg_get_serial_sequence('events', 'id'), max(id)) FROM events"


def upgrade() -> None:
    op.create_table(
        "events",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("subject_id", sa.BigInteger(), nullable=True),
        sa.Column("subject_key", sa.Text(), nullable=False),
        sa.Column("association_key", sa.Text(), nullable=True),
        sa.Column("verb", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("actor_kind", sa.Text(), nullable=False),
        sa.Column("actor_name", sa.Text(), nullable=False),
        sa.Column("actor_account", sa.BigInteger(), nullable=True),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.Column("at", tables.Instant(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["association_key"], ["associations.key"], name=op.f("fk_events_association_key")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_events")),
    )
    op.create_index("ix_events_subject_subject_id", "events", ["subject", "subject_id"])
    op.create_index("ix_events_association_key_id", "events", ["association_key", "id"])
    op.add_column(
        "releases", sa.Column("revision", sa.Integer(), nullable=False, server_default="1")
    )
    op.add_column(
        "releases", sa.Column("submission", sa.Integer(), nullable=False, server_default="0")
    )
    op.add_column(
        "approvals", sa.Column("submission", sa.Integer(), nullable=False, server_default="0")
    )
    op.add_column(
        "approvals", sa.Column("actor_kind", sa.Text(), nullable=False, server_default="unknown")
    )
    op.add_column(
        "approvals", sa.Column("actor_name", sa.Text(), nullable=False, server_default="")
    )
    op.add_column("approvals", sa.Column("actor_account", sa.BigInteger(), nullable=True))
    op.execute(OLD_EVENTS)
    op.execute(SUBMISSIONS)
    op.execute(SPOKEN_OF)
    if op.get_context().dialect.name == "postgresql":
        op.execute(NEXT_NUMBER)
    op.drop_table("release_events")
