"""The deadline of an issue that is running now, for the work list.

Revision 0002, after 0001.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # On SQLite the table is made anew: a stored computed column cannot be added in place.
    with op.batch_alter_table("issue") as batch_op:
        batch_op.add_column(
            sa.Column(
                "next_due_at",
                sa.DateTime(timezone=True),
                sa.Computed(
                    "CASE WHEN closed_at IS NOT NULL THEN NULL "
                    "WHEN first_answer_at IS NULL THEN COALESCE(first_due_at, final_due_at) "
                    "ELSE final_due_at END",
                    persisted=True,
                ),
                nullable=True,
            )
        )
        batch_op.create_index(
            batch_op.f("ix_issue_next_due_at_issue_id"), ["next_due_at", "id"], unique=False
        )


def downgrade() -> None:
    with op.batch_alter_table("issue") as batch_op:
        batch_op.drop_index(batch_op.f("ix_issue_next_due_at_issue_id"))
        batch_op.drop_column("next_due_at")
