"""Alembic's environment: runs on the connection that it is given."""

from alembic import context

from nunchi.models import Base

context.configure(
    connection=context.config.attributes["connection"], target_metadata=Base.metadata, compare_type=True
)
with context.begin_transaction():
    context.run_migrations()
