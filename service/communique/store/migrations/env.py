"""Alembic's entry: runs migrations on the connection that `upgrade` hands over."""

from alembic import context

from communique.store.tables import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    render_as_batch=True,
    compare_type=True,
)
with context.begin_transaction():
    context.run_migrations()
