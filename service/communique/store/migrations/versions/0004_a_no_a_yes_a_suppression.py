"""A no, a yes and a suppression are three things: who unsubscribed withdrew, and can come back."""

from __future__ import annotations

from datetime import date

import sqlalchemy as sa
from alembic import op

from communique.store import tables

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

# Of a no that reached further than one list, the ledger did not say how far. The suppression that
# was made with it did: at the same instant, of the same person.
WIDER = """
UPDATE consents SET extent = coalesce((
    SELECT max(old.scope) FROM suppressions AS old JOIN subscribers
        ON subscribers.association_key = old.association_key
        AND subscribers.address_key = old.address_key
    WHERE subscribers.id = consents.subscriber_id AND old.at = consents.at
        AND old.reason = 'unsubscribed' AND old.scope <> 'list'
), 'all')
WHERE word = 'withdrawn' AND list_key = ''
"""
# A yes counts since the day that the place had.
SINCE = """
UPDATE consents SET since = (
    SELECT subscriptions.since FROM subscriptions JOIN lists ON lists.id = subscriptions.list_id
    WHERE subscriptions.subscriber_id = consents.subscriber_id
        AND lists.association_key = consents.association_key AND lists.key = consents.list_key
)
WHERE word = 'given'
"""
# A no that the ledger never had, wherever it came from.
UNTOLD = """
INSERT INTO consents (association_key, subscriber_id, list_key, word, basis, language, source, at,
                      extent)
SELECT old.association_key, subscribers.id, old.list_key, 'withdrawn', coalesce(lists.basis, ''),
       subscribers.language, old.source, old.at, old.scope
FROM suppressions AS old
    JOIN subscribers ON subscribers.association_key = old.association_key
        AND subscribers.address_key = old.address_key
    LEFT JOIN lists ON lists.association_key = old.association_key AND lists.key = old.list_key
WHERE old.reason = 'unsubscribed' AND NOT EXISTS (
    SELECT 1 FROM consents AS told
    WHERE told.subscriber_id = subscribers.id AND told.word = 'withdrawn'
        AND told.extent = old.scope AND told.list_key = old.list_key
)
ORDER BY old.id
"""
# Whoever had no place on the list that they left has one from now on, to hold the no.
PLACES = """
INSERT INTO subscriptions (list_id, subscriber_id, since)
SELECT DISTINCT lists.id, subscribers.id, :day
FROM suppressions AS old
    JOIN subscribers ON subscribers.association_key = old.association_key
        AND subscribers.address_key = old.address_key
    JOIN lists ON lists.association_key = old.association_key AND lists.key = old.list_key
WHERE old.reason = 'unsubscribed' AND old.scope = 'list' AND NOT EXISTS (
    SELECT 1 FROM subscriptions
    WHERE subscriptions.list_id = lists.id AND subscriptions.subscriber_id = subscribers.id
)
"""
OF_A_LIST = """
UPDATE subscriptions SET no_since = (
    SELECT min(old.at) FROM suppressions AS old
        JOIN lists ON lists.association_key = old.association_key AND lists.key = old.list_key
        JOIN subscribers ON subscribers.association_key = old.association_key
            AND subscribers.address_key = old.address_key
    WHERE lists.id = subscriptions.list_id AND subscribers.id = subscriptions.subscriber_id
        AND old.reason = 'unsubscribed' AND old.scope = 'list'
)
"""
OF_MORE = """
UPDATE subscribers SET no_{scope}_since = (
    SELECT min(old.at) FROM suppressions AS old
    WHERE old.association_key = subscribers.association_key
        AND old.address_key = subscribers.address_key
        AND old.reason = 'unsubscribed' AND old.scope = '{scope}'
)
"""
# What is left is about addresses. A no of somebody whom nobody knows here can't be withdrawn by
# anybody: the desk keeps it. Of two of one cause, the first stays.
CAUSES = """
UPDATE suppressions SET cause = CASE
    WHEN reason = 'complained' THEN 'complaint'
    WHEN source LIKE 'smtp: %' THEN 'hard_bounce'
    ELSE 'desk'
END
"""
WITHDRAWN = """
DELETE FROM suppressions WHERE reason = 'unsubscribed' AND EXISTS (
    SELECT 1 FROM subscribers
    WHERE subscribers.association_key = suppressions.association_key
        AND subscribers.address_key = suppressions.address_key
)
"""
TWICE = """
DELETE FROM suppressions WHERE id NOT IN (
    SELECT min(id) FROM suppressions GROUP BY association_key, address_key, cause
)
"""


def upgrade() -> None:
    for column in (
        sa.Column("extent", sa.Text(), nullable=False, server_default="list"),
        sa.Column("since", sa.Date(), nullable=True),
        sa.Column("wording", sa.Text(), nullable=False, server_default=""),
        sa.Column("version", sa.Text(), nullable=False, server_default=""),
        sa.Column("origin", sa.Text(), nullable=False, server_default=""),
        sa.Column("actor_kind", sa.Text(), nullable=False, server_default="unknown"),
        sa.Column("actor_name", sa.Text(), nullable=False, server_default=""),
        sa.Column("actor_account", sa.BigInteger(), nullable=True),
    ):
        op.add_column("consents", column)
    op.add_column(
        "subscriptions",
        sa.Column("confirmed", sa.Boolean(), nullable=False, server_default=sa.false()),
    )
    op.add_column(
        "subscriptions", sa.Column("no_since", tables.Instant(timezone=True), nullable=True)
    )
    for name in ("no_joint_since", "no_all_since"):
        op.add_column("subscribers", sa.Column(name, tables.Instant(timezone=True), nullable=True))
    with op.batch_alter_table("subscribers") as batch:
        batch.alter_column("member_id", existing_type=sa.BigInteger(), nullable=True)
    op.add_column("suppressions", sa.Column("cause", sa.Text(), nullable=True))
    op.execute(WIDER)
    op.execute(SINCE)
    op.execute(UNTOLD)
    long_ago = sa.bindparam("day", date(1970, 1, 1), type_=sa.Date())
    op.execute(sa.text(PLACES).bindparams(long_ago))
    op.execute(OF_A_LIST)
    for scope in ("joint", "all"):
        op.execute(OF_MORE.format(scope=scope))
    op.execute(WITHDRAWN)
    op.execute(CAUSES)
    op.execute(TWICE)
    with op.batch_alter_table("suppressions") as batch:
        batch.drop_constraint(op.f("uq_suppressions_association_key_address_key_scope_list_key"))
        batch.drop_column("scope")
        batch.drop_column("list_key")
        batch.drop_column("reason")
        batch.alter_column("cause", existing_type=sa.Text(), nullable=False)
        batch.create_unique_constraint(
            op.f("uq_suppressions_association_key_address_key_cause"),
            ["association_key", "address_key", "cause"],
        )
