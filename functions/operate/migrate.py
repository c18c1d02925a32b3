"""Migrate: brings the database to the newest revision. Invoked by hand, or by a deployment before traffic."""

from pathlib import Path
from typing import Any

from nunchi import database

HERE = Path(__file__).parents[1]
# beside us in the built function, under infra/ in a checkout
MIGRATIONS = next(
    folder for folder in (HERE / "migrations", HERE.parent / "infra" / "migrations") if folder.is_dir()
)


def handler(_event: dict[str, Any], _context: Any) -> dict[str, str]:
    from alembic import command
    from alembic.config import Config
    from alembic.script import ScriptDirectory

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    with database.get_engine().connect() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
    return {"revision": ScriptDirectory.from_config(config).get_current_head() or ""}
