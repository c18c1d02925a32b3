"""Each revision is a transaction: one that fails leaves the database at the one before it, whole."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import inspect, text
from sqlalchemy.exc import ProgrammingError

from infra.local.stores import Stores
from nunchi import database
from operate import migrate, revisions
from tests.conftest import create_database, forget_clients

REVISION = """
from alembic import op

revision, down_revision, branch_labels, depends_on = "9999", "{head}", None, None


def upgrade():
    op.execute("CREATE TABLE half_way (id int)")
    op.execute("{statement}")


def downgrade():
    op.execute("DROP TABLE half_way")
"""


@pytest.fixture
def empty(stores: Stores, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A new database, and a folder of its migrations that may be added to."""
    monkeypatch.setenv(
        "DATABASE_URL", create_database(stores, f"empty_{tmp_path.parent.name}_{tmp_path.name}")
    )
    folder = Path(shutil.copytree(revisions.MIGRATIONS, tmp_path / "migrations"))
    monkeypatch.setattr(revisions, "MIGRATIONS", folder)
    forget_clients()
    yield folder
    forget_clients()


def add(folder: Path, head: str, statement: str) -> None:
    (folder / "versions" / "9999_added.py").write_text(REVISION.format(head=head, statement=statement))


def state() -> tuple[str | None, bool]:
    """The database's revision, and whether the table of the added one is there."""
    with database.session() as session:
        tables = inspect(session.connection()).get_table_names()
        revision = session.scalar(text("SELECT version_num FROM alembic_version")) if tables else None
        return revision, "half_way" in tables


def test_a_revision_that_fails_leaves_the_one_before_it_and_can_be_run_again(empty: Path) -> None:
    head = ScriptDirectory(str(empty)).get_current_head() or ""
    add(empty, head, "SELECT nothing FROM nowhere")
    with pytest.raises(ProgrammingError, match="nowhere"):
        migrate.handler({}, None)
    assert state() == (head, False)
    add(empty, head, "SELECT 1")
    assert migrate.handler({}, None) == {"revision": "9999"}
    assert state() == ("9999", True)


@pytest.mark.usefixtures("empty")
def test_every_revision_can_be_taken_back_and_made_again() -> None:
    made = migrate.handler({}, None)
    config = Config()
    config.set_main_option("script_location", str(revisions.MIGRATIONS))
    with database.get_engine().connect() as connection:
        config.attributes["connection"] = connection
        command.downgrade(config, "base")
    with database.session() as session:
        assert inspect(session.connection()).get_table_names() == ["alembic_version"]
    assert migrate.handler({}, None) == made
