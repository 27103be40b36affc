"""The first tables.

Revision 0001, after nothing.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "api_token",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_api_token")),
        sa.UniqueConstraint("name", name=op.f("uq_api_token_name")),
        sa.UniqueConstraint("sha256", name=op.f("uq_api_token_sha256")),
    )
    op.create_table(
        "cell_day",
        sa.Column("scope", sa.String(length=64), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("topic", sa.String(length=64), nullable=False),
        sa.Column("received", sa.BigInteger(), nullable=False),
        sa.Column("rejected", sa.BigInteger(), nullable=False),
        sa.Column("repeated", sa.BigInteger(), nullable=False),
        sa.Column("opened", sa.BigInteger(), nullable=False),
        sa.Column("routed", sa.BigInteger(), nullable=False),
        sa.Column("returned", sa.BigInteger(), nullable=False),
        sa.Column("answered_first", sa.BigInteger(), nullable=False),
        sa.Column("closed_solved", sa.BigInteger(), nullable=False),
        sa.Column("closed_explained", sa.BigInteger(), nullable=False),
        sa.Column("closed_refused", sa.BigInteger(), nullable=False),
        sa.Column("merged", sa.BigInteger(), nullable=False),
        sa.Column("reopened", sa.BigInteger(), nullable=False),
        sa.Column("escalated", sa.BigInteger(), nullable=False),
        sa.Column("handed_over", sa.BigInteger(), nullable=False),
        sa.Column("taken_in", sa.BigInteger(), nullable=False),
        sa.Column("late_first", sa.BigInteger(), nullable=False),
        sa.Column("late_final", sa.BigInteger(), nullable=False),
        sa.Column("satisfied", sa.BigInteger(), nullable=False),
        sa.Column("unsatisfied", sa.BigInteger(), nullable=False),
        sa.Column("checked", sa.BigInteger(), nullable=False),
        sa.Column("checked_false", sa.BigInteger(), nullable=False),
        sa.Column("open", sa.BigInteger(), nullable=False),
        sa.Column("unsorted", sa.BigInteger(), nullable=False),
        sa.Column("overdue", sa.BigInteger(), nullable=False),
        sa.Column("dragging", sa.BigInteger(), nullable=False),
        sa.Column("awaiting_help", sa.BigInteger(), nullable=False),
        sa.Column("route_hours", sa.Text(), nullable=True),
        sa.Column("first_answer_hours", sa.Text(), nullable=True),
        sa.Column("solve_hours", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("scope", "day", "topic", name=op.f("pk_cell_day")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "cell_month",
        sa.Column("scope", sa.String(length=64), nullable=False),
        sa.Column("month", sa.Date(), nullable=False),
        sa.Column("topic", sa.String(length=64), nullable=False),
        sa.Column("received", sa.BigInteger(), nullable=False),
        sa.Column("rejected", sa.BigInteger(), nullable=False),
        sa.Column("repeated", sa.BigInteger(), nullable=False),
        sa.Column("opened", sa.BigInteger(), nullable=False),
        sa.Column("routed", sa.BigInteger(), nullable=False),
        sa.Column("returned", sa.BigInteger(), nullable=False),
        sa.Column("answered_first", sa.BigInteger(), nullable=False),
        sa.Column("closed_solved", sa.BigInteger(), nullable=False),
        sa.Column("closed_explained", sa.BigInteger(), nullable=False),
        sa.Column("closed_refused", sa.BigInteger(), nullable=False),
        sa.Column("merged", sa.BigInteger(), nullable=False),
        sa.Column("reopened", sa.BigInteger(), nullable=False),
        sa.Column("escalated", sa.BigInteger(), nullable=False),
        sa.Column("handed_over", sa.BigInteger(), nullable=False),
        sa.Column("taken_in", sa.BigInteger(), nullable=False),
        sa.Column("late_first", sa.BigInteger(), nullable=False),
        sa.Column("late_final", sa.BigInteger(), nullable=False),
        sa.Column("satisfied", sa.BigInteger(), nullable=False),
        sa.Column("unsatisfied", sa.BigInteger(), nullable=False),
        sa.Column("checked", sa.BigInteger(), nullable=False),
        sa.Column("checked_false", sa.BigInteger(), nullable=False),
        sa.Column("route_hours", sa.Text(), nullable=True),
        sa.Column("first_answer_hours", sa.Text(), nullable=True),
        sa.Column("solve_hours", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("scope", "month", "topic", name=op.f("pk_cell_month")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "dirty_day",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("reason", sa.String(length=32), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("day", name=op.f("pk_dirty_day")),
    )
    op.create_table(
        "fold_cursor",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("statement_id", sa.BigInteger(), nullable=False),
        sa.Column("reference_sha256", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_fold_cursor")),
    )
    op.create_table(
        "folded_rows",
        sa.Column("origin", sa.String(length=64), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("rows", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("origin", "day", name=op.f("pk_folded_rows")),
    )
    op.create_table(
        "fork",
        sa.Column("origin", sa.String(length=64), nullable=False),
        sa.Column("type", sa.String(length=64), nullable=False),
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("epoch", sa.BigInteger(), nullable=False),
        sa.Column("rev", sa.Integer(), nullable=False),
        sa.Column("kept", sa.String(length=64), nullable=False),
        sa.Column("other", sa.String(length=64), nullable=False),
        sa.Column("noticed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("noticed_from", sa.String(length=64), nullable=True),
        sa.PrimaryKeyConstraint(
            "origin", "type", "key", "epoch", "rev", "kept", "other", name=op.f("pk_fork")
        ),
    )
    op.create_table(
        "incarnation",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("epoch", sa.BigInteger(), nullable=True),
        sa.Column("known", sa.BigInteger(), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("id = 1", name=op.f("ck_incarnation_one")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_incarnation")),
    )
    op.create_table(
        "invitation",
        sa.Column("secret_sha256", sa.String(length=64), nullable=False),
        sa.Column("unit", sa.String(length=64), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_by", sa.String(length=64), nullable=True),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("answer", sa.JSON(), nullable=True),
        sa.PrimaryKeyConstraint("secret_sha256", name=op.f("pk_invitation")),
    )
    op.create_table(
        "issue",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("number", sa.String(length=80), nullable=False),
        sa.Column("topic", sa.String(length=64), nullable=False),
        sa.Column("territory", sa.String(length=64), nullable=False),
        sa.Column("executor", sa.String(length=64), nullable=True),
        sa.Column("state", sa.String(length=32), nullable=False),
        sa.Column("outcome", sa.String(length=32), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("appeals", sa.Integer(), nullable=False),
        sa.Column("lat", sa.Double(), nullable=True),
        sa.Column("lon", sa.Double(), nullable=True),
        sa.Column("arrived_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("first_answer_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("first_due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("final_due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("drags_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_issue")),
        sa.UniqueConstraint("number", name=op.f("uq_issue_number")),
    )
    with op.batch_alter_table("issue", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_issue_changed_at"), ["changed_at"], unique=False)
        batch_op.create_index(batch_op.f("ix_issue_closed_at"), ["closed_at"], unique=False)
        batch_op.create_index(batch_op.f("ix_issue_opened_at"), ["opened_at"], unique=False)
        batch_op.create_index(batch_op.f("ix_issue_state_issue_id"), ["state", "id"], unique=False)
        batch_op.create_index(
            batch_op.f("ix_issue_territory_issue_id"), ["territory", "id"], unique=False
        )
        batch_op.create_index(batch_op.f("ix_issue_topic_issue_id"), ["topic", "id"], unique=False)

    op.create_table(
        "journal",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor", sa.String(length=120), nullable=False),
        sa.Column("action", sa.String(length=64), nullable=False),
        sa.Column("subject", sa.String(length=120), nullable=False),
        sa.Column("details", sa.JSON(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_journal")),
    )
    with op.batch_alter_table("journal", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_journal_subject_journal_id"), ["subject", "id"], unique=False
        )

    op.create_table(
        "leaf",
        sa.Column("unit", sa.String(length=64), nullable=False),
        sa.Column("node_from", sa.Date(), nullable=False),
        sa.Column("node_until", sa.Date(), nullable=True),
        sa.PrimaryKeyConstraint("unit", name=op.f("pk_leaf")),
    )
    op.create_table(
        "leaf_day",
        sa.Column("origin", sa.String(length=64), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("status", sa.String(length=16), nullable=False),
        sa.Column("reason", sa.String(length=32), nullable=True),
        sa.Column("zero_report", sa.Boolean(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("first_final_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("on_time", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("origin", "day", name=op.f("pk_leaf_day")),
    )
    op.create_table(
        "link",
        sa.Column("peer", sa.String(length=64), nullable=False),
        sa.Column("epoch", sa.BigInteger(), nullable=False),
        sa.Column("epoch_since", sa.DateTime(timezone=True), nullable=True),
        sa.Column("suspended", sa.String(length=64), nullable=True),
        sa.Column("heard_in", sa.DateTime(timezone=True), nullable=True),
        sa.Column("heard_out", sa.DateTime(timezone=True), nullable=True),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("not_before", sa.DateTime(timezone=True), nullable=True),
        sa.Column("waiting", sa.BigInteger(), nullable=False),
        sa.Column("waiting_since", sa.DateTime(timezone=True), nullable=True),
        sa.Column("software", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("peer", name=op.f("pk_link")),
    )
    op.create_table(
        "membership",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("parent", sa.String(length=64), nullable=False),
        sa.Column("url", sa.String(length=500), nullable=False),
        sa.Column("dial", sa.String(length=500), nullable=False),
        sa.Column("parent_root", sa.String(length=64), nullable=False),
        sa.Column("top", sa.String(length=64), nullable=False),
        sa.Column("top_root", sa.String(length=64), nullable=False),
        sa.Column("joined_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("clock_offset_seconds", sa.Double(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_membership")),
    )
    op.create_table(
        "nonce",
        sa.Column("kid", sa.String(length=64), nullable=False),
        sa.Column("nonce", sa.String(length=128), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("kid", "nonce", name=op.f("pk_nonce")),
    )
    with op.batch_alter_table("nonce", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_nonce_until"), ["until"], unique=False)

    op.create_table(
        "outbound",
        sa.Column("origin", sa.String(length=64), nullable=False),
        sa.Column("type", sa.String(length=64), nullable=False),
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("epoch", sa.BigInteger(), nullable=False),
        sa.Column("rev", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("priority", sa.Integer(), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("origin", "type", "key", name=op.f("pk_outbound")),
    )
    with op.batch_alter_table("outbound", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_outbound_priority_outbound_due_at"), ["priority", "due_at"], unique=False
        )
        batch_op.create_index(batch_op.f("ix_outbound_sha256"), ["sha256"], unique=False)

    op.create_table(
        "receipt_given",
        sa.Column("peer", sa.String(length=64), nullable=False),
        sa.Column("request_id", sa.String(length=64), nullable=False),
        sa.Column("data", sa.LargeBinary(), nullable=False),
        sa.Column("kid", sa.String(length=64), nullable=False),
        sa.Column("sig", sa.LargeBinary(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("delivered", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("peer", "request_id", name=op.f("pk_receipt_given")),
    )
    with op.batch_alter_table("receipt_given", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_receipt_given_peer_receipt_given_at"), ["peer", "at"], unique=False
        )
        batch_op.create_index(
            "ix_receipt_given_undelivered",
            ["peer"],
            unique=False,
            sqlite_where=sa.text("delivered = 0"),
            postgresql_where=sa.text("NOT delivered"),
        )

    op.create_table(
        "receipt_got",
        sa.Column("peer", sa.String(length=64), nullable=False),
        sa.Column("request_id", sa.String(length=64), nullable=False),
        sa.Column("data", sa.LargeBinary(), nullable=False),
        sa.Column("kid", sa.String(length=64), nullable=False),
        sa.Column("sig", sa.LargeBinary(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("peer", "request_id", name=op.f("pk_receipt_got")),
    )
    with op.batch_alter_table("receipt_got", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_receipt_got_peer_receipt_got_at"), ["peer", "at"], unique=False
        )

    op.create_table(
        "rejected",
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("by", sa.String(length=64), nullable=False),
        sa.Column("origin", sa.String(length=64), nullable=False),
        sa.Column("type", sa.String(length=64), nullable=False),
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("code", sa.String(length=64), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("sha256", "by", name=op.f("pk_rejected")),
    )
    op.create_table(
        "sealed_day",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("status", sa.String(length=16), nullable=False),
        sa.Column("sealed_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("day", name=op.f("pk_sealed_day")),
    )
    op.create_table(
        "series",
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("last", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_series")),
    )
    op.create_table(
        "signing_key",
        sa.Column("kid", sa.String(length=64), nullable=False),
        sa.Column("node", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("kid", name=op.f("pk_signing_key")),
    )
    with op.batch_alter_table("signing_key", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_signing_key_node"), ["node"], unique=False)

    op.create_table(
        "statement",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("origin", sa.String(length=64), nullable=False),
        sa.Column("type", sa.String(length=64), nullable=False),
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("epoch", sa.BigInteger(), nullable=False),
        sa.Column("rev", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("kid", sa.String(length=64), nullable=False),
        sa.Column("sig", sa.LargeBinary(), nullable=False),
        sa.Column("data", sa.LargeBinary(), nullable=True),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("received_from", sa.String(length=64), nullable=True),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("code", sa.String(length=64), nullable=True),
        sa.Column("newest", sa.Boolean(), nullable=False),
        sa.Column("open_day", sa.Boolean(), nullable=False),
        sa.CheckConstraint(
            "state IN ('stored','pending','quarantined','recovered')",
            name=op.f("ck_statement_state"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_statement")),
        sa.UniqueConstraint(
            "origin",
            "type",
            "key",
            "epoch",
            "rev",
            "sha256",
            name=op.f("uq_statement_origin_type_key_epoch_rev_sha256"),
        ),
        sqlite_autoincrement=True,
    )
    with op.batch_alter_table("statement", schema=None) as batch_op:
        batch_op.create_index(
            "ix_statement_forgettable",
            ["id"],
            unique=False,
            sqlite_where=sa.text("open_day = 1 AND newest = 0"),
            postgresql_where=sa.text("open_day AND NOT newest"),
        )
        batch_op.create_index(
            "ix_statement_newest_epoch",
            ["origin", "epoch"],
            unique=False,
            sqlite_where=sa.text("newest = 1"),
            postgresql_where=sa.text("newest"),
        )
        batch_op.create_index(
            "ix_statement_newest_id",
            ["type", "id"],
            unique=False,
            sqlite_where=sa.text("newest = 1"),
            postgresql_where=sa.text("newest"),
        )
        batch_op.create_index(
            "ix_statement_waiting",
            ["state", "id"],
            unique=False,
            sqlite_where=sa.text("state <> 'stored'"),
            postgresql_where=sa.text("state <> 'stored'"),
        )
        batch_op.create_index(
            "uq_statement_newest",
            ["origin", "type", "key"],
            unique=True,
            sqlite_where=sa.text("newest = 1"),
            postgresql_where=sa.text("newest"),
        )

    op.create_table(
        "stock",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("territory", sa.String(length=64), nullable=False),
        sa.Column("topic", sa.String(length=64), nullable=False),
        sa.Column("open", sa.Integer(), nullable=False),
        sa.Column("unsorted", sa.Integer(), nullable=False),
        sa.Column("overdue", sa.Integer(), nullable=False),
        sa.Column("dragging", sa.Integer(), nullable=False),
        sa.Column("awaiting_help", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("day", "territory", "topic", name=op.f("pk_stock")),
    )
    op.create_table(
        "stock_day",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("observed_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("day", name=op.f("pk_stock_day")),
    )
    op.create_table(
        "appeal",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("number", sa.String(length=80), nullable=False),
        sa.Column("status_key", sa.String(length=64), nullable=False),
        sa.Column("issue_id", sa.Integer(), nullable=False),
        sa.Column("channel", sa.String(length=64), nullable=False),
        sa.Column("external_id", sa.String(length=200), nullable=True),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("territory", sa.String(length=64), nullable=False),
        sa.Column("topic", sa.String(length=64), nullable=True),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("lat", sa.Double(), nullable=True),
        sa.Column("lon", sa.Double(), nullable=True),
        sa.Column("repeated", sa.Boolean(), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("registered_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("kind IN ('message', 'formal')", name=op.f("ck_appeal_kind")),
        sa.ForeignKeyConstraint(["issue_id"], ["issue.id"], name=op.f("fk_appeal_issue_id_issue")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_appeal")),
        sa.UniqueConstraint("channel", "external_id", name=op.f("uq_appeal_channel_external_id")),
        sa.UniqueConstraint("number", name=op.f("uq_appeal_number")),
        sa.UniqueConstraint("status_key", name=op.f("uq_appeal_status_key")),
    )
    with op.batch_alter_table("appeal", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_appeal_issue_id"), ["issue_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_appeal_received_at"), ["received_at"], unique=False)

    op.create_table(
        "issue_deadline",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("issue_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("norm", sa.String(length=64), nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("drags_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("why", sa.JSON(), nullable=False),
        sa.Column("set_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "kind IN ('first_answer', 'final')", name=op.f("ck_issue_deadline_kind")
        ),
        sa.ForeignKeyConstraint(
            ["issue_id"], ["issue.id"], name=op.f("fk_issue_deadline_issue_id_issue")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_issue_deadline")),
    )
    with op.batch_alter_table("issue_deadline", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_issue_deadline_issue_id_issue_deadline_kind"),
            ["issue_id", "kind"],
            unique=False,
        )

    op.create_table(
        "issue_flow",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("issue_id", sa.Integer(), nullable=False),
        sa.Column("counter", sa.String(length=32), nullable=False),
        sa.Column("minutes", sa.Integer(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["issue_id"], ["issue.id"], name=op.f("fk_issue_flow_issue_id_issue")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_issue_flow")),
    )
    with op.batch_alter_table("issue_flow", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_issue_flow_at"), ["at"], unique=False)
        batch_op.create_index(batch_op.f("ix_issue_flow_issue_id"), ["issue_id"], unique=False)

    op.create_table(
        "issue_state",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("issue_id", sa.Integer(), nullable=False),
        sa.Column("move", sa.String(length=32), nullable=False),
        sa.Column("state", sa.String(length=32), nullable=False),
        sa.Column("outcome", sa.String(length=32), nullable=True),
        sa.Column("topic", sa.String(length=64), nullable=False),
        sa.Column("territory", sa.String(length=64), nullable=False),
        sa.Column("executor", sa.String(length=64), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("actor", sa.String(length=120), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["issue_id"], ["issue.id"], name=op.f("fk_issue_state_issue_id_issue")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_issue_state")),
    )
    with op.batch_alter_table("issue_state", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_issue_state_issue_id_issue_state_at"), ["issue_id", "at"], unique=False
        )

    op.create_table(
        "reply",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("issue_id", sa.Integer(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("actor", sa.String(length=120), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["issue_id"], ["issue.id"], name=op.f("fk_reply_issue_id_issue")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reply")),
    )
    with op.batch_alter_table("reply", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_reply_issue_id"), ["issue_id"], unique=False)

    op.create_table(
        "web_session",
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("token_id", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["token_id"], ["api_token.id"], name=op.f("fk_web_session_token_id_api_token")
        ),
        sa.PrimaryKeyConstraint("sha256", name=op.f("pk_web_session")),
    )
    with op.batch_alter_table("web_session", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_web_session_token_id"), ["token_id"], unique=False)

    op.create_table(
        "resident",
        sa.Column("appeal_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=True),
        sa.Column("phone", sa.String(length=40), nullable=True),
        sa.Column("email", sa.String(length=254), nullable=True),
        sa.Column("reply_by", sa.String(length=16), nullable=True),
        sa.Column("address", sa.String(length=500), nullable=True),
        sa.Column("consent_version", sa.String(length=32), nullable=True),
        sa.Column("consented_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["appeal_id"], ["appeal.id"], name=op.f("fk_resident_appeal_id_appeal")
        ),
        sa.PrimaryKeyConstraint("appeal_id", name=op.f("pk_resident")),
    )


def downgrade() -> None:
    op.drop_table("resident")
    with op.batch_alter_table("web_session", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_web_session_token_id"))

    op.drop_table("web_session")
    with op.batch_alter_table("reply", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_reply_issue_id"))

    op.drop_table("reply")
    with op.batch_alter_table("issue_state", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_issue_state_issue_id_issue_state_at"))

    op.drop_table("issue_state")
    with op.batch_alter_table("issue_flow", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_issue_flow_issue_id"))
        batch_op.drop_index(batch_op.f("ix_issue_flow_at"))

    op.drop_table("issue_flow")
    with op.batch_alter_table("issue_deadline", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_issue_deadline_issue_id_issue_deadline_kind"))

    op.drop_table("issue_deadline")
    with op.batch_alter_table("appeal", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_appeal_received_at"))
        batch_op.drop_index(batch_op.f("ix_appeal_issue_id"))

    op.drop_table("appeal")
    op.drop_table("stock_day")
    op.drop_table("stock")
    with op.batch_alter_table("statement", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_statement_newest",
            sqlite_where=sa.text("newest = 1"),
            postgresql_where=sa.text("newest"),
        )
        batch_op.drop_index(
            "ix_statement_waiting",
            sqlite_where=sa.text("state <> 'stored'"),
            postgresql_where=sa.text("state <> 'stored'"),
        )
        batch_op.drop_index(
            "ix_statement_newest_id",
            sqlite_where=sa.text("newest = 1"),
            postgresql_where=sa.text("newest"),
        )
        batch_op.drop_index(
            "ix_statement_newest_epoch",
            sqlite_where=sa.text("newest = 1"),
            postgresql_where=sa.text("newest"),
        )
        batch_op.drop_index(
            "ix_statement_forgettable",
            sqlite_where=sa.text("open_day = 1 AND newest = 0"),
            postgresql_where=sa.text("open_day AND NOT newest"),
        )

    op.drop_table("statement")
    with op.batch_alter_table("signing_key", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_signing_key_node"))

    op.drop_table("signing_key")
    op.drop_table("series")
    op.drop_table("sealed_day")
    op.drop_table("rejected")
    with op.batch_alter_table("receipt_got", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_receipt_got_peer_receipt_got_at"))

    op.drop_table("receipt_got")
    with op.batch_alter_table("receipt_given", schema=None) as batch_op:
        batch_op.drop_index(
            "ix_receipt_given_undelivered",
            sqlite_where=sa.text("delivered = 0"),
            postgresql_where=sa.text("NOT delivered"),
        )
        batch_op.drop_index(batch_op.f("ix_receipt_given_peer_receipt_given_at"))

    op.drop_table("receipt_given")
    with op.batch_alter_table("outbound", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_outbound_sha256"))
        batch_op.drop_index(batch_op.f("ix_outbound_priority_outbound_due_at"))

    op.drop_table("outbound")
    with op.batch_alter_table("nonce", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_nonce_until"))

    op.drop_table("nonce")
    op.drop_table("membership")
    op.drop_table("link")
    op.drop_table("leaf_day")
    op.drop_table("leaf")
    with op.batch_alter_table("journal", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_journal_subject_journal_id"))

    op.drop_table("journal")
    with op.batch_alter_table("issue", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_issue_topic_issue_id"))
        batch_op.drop_index(batch_op.f("ix_issue_territory_issue_id"))
        batch_op.drop_index(batch_op.f("ix_issue_state_issue_id"))
        batch_op.drop_index(batch_op.f("ix_issue_opened_at"))
        batch_op.drop_index(batch_op.f("ix_issue_closed_at"))
        batch_op.drop_index(batch_op.f("ix_issue_changed_at"))

    op.drop_table("issue")
    op.drop_table("invitation")
    op.drop_table("incarnation")
    op.drop_table("fork")
    op.drop_table("folded_rows")
    op.drop_table("fold_cursor")
    op.drop_table("dirty_day")
    op.drop_table("cell_month")
    op.drop_table("cell_day")
    op.drop_table("api_token")
