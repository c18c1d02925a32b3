"""The database's revisions, as Alembic knows them. Alembic is shipped with Migrate alone."""

from pathlib import Path
from typing import TYPE_CHECKING

from nunchi import database
from nunchi.observability import get_logger

if TYPE_CHECKING:
    from alembic.config import Config

HERE = Path(__file__).parents[1]
# beside us in the built function, under infra/ in a checkout
MIGRATIONS = next(
    folder for folder in (HERE / "migrations", HERE.parent / "infra" / "migrations") if folder.is_dir()
)


def known() -> list[str]:
    """The revisions that are here, the newest first."""
    from alembic.script import ScriptDirectory

    return [one.revision for one in ScriptDirectory.from_config(_config()).walk_revisions()]


def upgrade() -> str:
    """Brings the database to the newest revision, and gives the one that it has then.

    A database of a later release is left as it is: that release was rolled back, and what it made of the tables is
    what the release before it works on too.
    """
    from alembic import command
    from alembic.migration import MigrationContext

    config = _config()
    with database.get_engine().connect() as connection:
        present = MigrationContext.configure(connection).get_current_revision()
        if present is not None and present not in known():
            get_logger().warning("the database has a later revision", extra={"revision": present})
            return present
        connection.rollback()
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
    return known()[0]


def _config() -> "Config":
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    return config
