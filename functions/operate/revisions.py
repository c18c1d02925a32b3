"""The database's revisions, as Alembic knows them. Alembic is shipped with Migrate alone."""

from pathlib import Path
from typing import TYPE_CHECKING

from nunchi import database

if TYPE_CHECKING:
    from alembic.config import Config

HERE = Path(__file__).parents[1]
# beside us in the built function, under infra/ in a checkout
MIGRATIONS = next(
    folder for folder in (HERE / "migrations", HERE.parent / "infra" / "migrations") if folder.is_dir()
)


def newest() -> str:
    """The newest revision there is."""
    from alembic.script import ScriptDirectory

    return ScriptDirectory.from_config(_config()).get_current_head() or ""


def upgrade() -> str:
    """Brings the database to the newest revision, and gives it."""
    from alembic import command

    config = _config()
    with database.get_engine().connect() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
    return newest()


def _config() -> "Config":
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    return config
