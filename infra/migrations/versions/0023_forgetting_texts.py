"""A chat's row for each of its purposes; texts of one chat that fall with it; what is forgotten is found by indexes."""

import sqlalchemy as sa
from alembic import op

revision, down_revision, branch_labels, depends_on = "0023", "0022", None, None

OF_ONE_CHAT = sa.text("chat_id IS NOT NULL")
CONFIGURED = sa.text("purpose <> 'user'")


def upgrade() -> None:
    op.drop_constraint("uq_chats_telegram_id", "chats")
    op.create_unique_constraint("uq_chats_telegram_id_purpose", "chats", ["telegram_id", "purpose"])
    op.create_index("ix_chats_configured", "chats", ["purpose"], postgresql_where=CONFIGURED)
    op.add_column("alert_messages", sa.Column("chat_id", sa.Uuid(), nullable=True))
    op.create_foreign_key(
        "fk_alert_messages_chat_id", "alert_messages", "chats", ["chat_id"], ["id"], ondelete="CASCADE"
    )
    op.create_index("ix_deliveries_message_id", "deliveries", ["message_id"])
    op.execute(
        """UPDATE alert_messages SET chat_id = deliveries.chat_id FROM deliveries
           WHERE deliveries.message_id = alert_messages.id AND deliveries.kind <> 'alert'"""
    )
    # digests of accounts that were deleted before
    op.execute(
        """DELETE FROM alert_messages
           WHERE NOT EXISTS (SELECT FROM deliveries WHERE deliveries.message_id = alert_messages.id)"""
    )
    op.create_index("ix_alert_messages_chat_id", "alert_messages", ["chat_id"], postgresql_where=OF_ONE_CHAT)
    op.create_index("ix_alert_messages_made_at", "alert_messages", ["made_at"])
    op.create_index("ix_alert_cooldowns_free_at", "alert_cooldowns", ["free_at"])
    op.create_index("ix_alert_days_day", "alert_days", ["day"])


def downgrade() -> None:
    op.drop_index("ix_alert_days_day", "alert_days")
    op.drop_index("ix_alert_cooldowns_free_at", "alert_cooldowns")
    op.drop_index("ix_alert_messages_made_at", "alert_messages")
    op.drop_index("ix_alert_messages_chat_id", "alert_messages")
    op.drop_index("ix_deliveries_message_id", "deliveries")
    op.drop_constraint("fk_alert_messages_chat_id", "alert_messages")
    op.drop_column("alert_messages", "chat_id")
    op.drop_index("ix_chats_configured", "chats")
    op.drop_constraint("uq_chats_telegram_id_purpose", "chats")
    # of several rows with one number, the user's keeps it
    op.execute(
        """UPDATE chats SET telegram_id = NULL, active = false FROM chats AS other
           WHERE other.telegram_id = chats.telegram_id AND other.id <> chats.id
             AND (other.purpose = 'user' OR (chats.purpose = 'public' AND other.purpose = 'operators'))"""
    )
    op.create_unique_constraint("uq_chats_telegram_id", "chats", ["telegram_id"])
