"""Alembic's environment: runs on the connection that it is given, each revision in a transaction of its own.

One that fails leaves the database at the revision before it. A revision holds its locks only until its own end.
"""

from alembic import context

from nunchi.models import Base

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Base.metadata,
    compare_type=True,
    transaction_per_migration=True,
)
with context.begin_transaction():
    context.run_migrations()
