"""Rights that leave the ledger append-only for the functions' user, and calibrators that can't be emptied.

The role `nunchi_app` has no login. A user that is granted it can do what the functions do (but not Migrate and
Partitions, which make tables), and can neither change nor remove what is sealed, nor drop the triggers on it. The role is
made where the user of the migrations may make roles; elsewhere an operator makes it before this revision, or there is none.
"""

from collections.abc import Sequence

from alembic import op

revision: str = "0016"
down_revision: str | Sequence[str] | None = "0015"
branch_labels = None
depends_on = None

MAKE = """
DO $$
BEGIN
    IF to_regrole('nunchi_app') IS NULL
        AND (SELECT rolsuper OR rolcreaterole FROM pg_roles WHERE rolname = current_user)
    THEN
        CREATE ROLE nunchi_app NOLOGIN;
    END IF;
END $$
"""
# what the functions change of the ledger: a forecast's mark of its seal, and an answer in place of a recorded failure
RIGHTS = (
    "GRANT USAGE ON SCHEMA public TO nunchi_app",
    "GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO nunchi_app",
    "GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO nunchi_app",
    "REVOKE UPDATE, DELETE ON seals, cases, calibrators, forecasts FROM nunchi_app",
    "REVOKE DELETE ON answers FROM nunchi_app",
    "GRANT UPDATE (content_hash, seal_id, sealed_at) ON forecasts TO nunchi_app",
    "REVOKE INSERT, UPDATE, DELETE ON alembic_version FROM nunchi_app",
    "ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO nunchi_app",
    "ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT USAGE ON SEQUENCES TO nunchi_app",
)
NO_RIGHTS = (
    "ALTER DEFAULT PRIVILEGES IN SCHEMA public REVOKE ALL ON TABLES FROM nunchi_app",
    "ALTER DEFAULT PRIVILEGES IN SCHEMA public REVOKE ALL ON SEQUENCES FROM nunchi_app",
    "REVOKE ALL ON ALL SEQUENCES IN SCHEMA public FROM nunchi_app",
    "REVOKE ALL ON ALL TABLES IN SCHEMA public FROM nunchi_app",
    "REVOKE ALL ON SCHEMA public FROM nunchi_app",
)


def upgrade() -> None:
    op.execute(
        "CREATE TRIGGER ledger_no_truncate BEFORE TRUNCATE ON calibrators FOR EACH STATEMENT"
        " EXECUTE FUNCTION ledger_refuse()"
    )
    op.execute("ALTER TABLE calibrators ENABLE ALWAYS TRIGGER ledger_no_truncate")
    op.execute(MAKE)
    where_there_is_the_role(RIGHTS)


def downgrade() -> None:
    where_there_is_the_role(NO_RIGHTS)  # the role stays: another database may use it
    op.execute("DROP TRIGGER ledger_no_truncate ON calibrators")


def where_there_is_the_role(statements: Sequence[str]) -> None:
    body = "; ".join(statements)
    op.execute(f"DO $$ BEGIN IF to_regrole('nunchi_app') IS NOT NULL THEN {body}; END IF; END $$")
