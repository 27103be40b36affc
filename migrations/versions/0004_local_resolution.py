"""Local resolution: workflow, deadlines, routing, repeats, replies, photos, outbox, retention.

Issues that stood as registered had been counted as opened: they go on as admitted, and their
`opened` is written down as a flow, so that no figure already signed changes.

Revision 0004, after 0003.
"""

from __future__ import annotations

from typing import Any, Literal

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

# As node/store/append_only.py has it today; a migration imports nothing of the program.
_SQLITE = {
    "no_update": """\
CREATE TRIGGER {table}_no_update BEFORE UPDATE{of} ON {table}
BEGIN SELECT RAISE(ABORT, '{table} is append-only: UPDATE is refused'); END""",
    "no_delete": """\
CREATE TRIGGER {table}_no_delete BEFORE DELETE ON {table}
BEGIN SELECT RAISE(ABORT, '{table} is append-only: DELETE is refused'); END""",
    "no_replace": """\
CREATE TRIGGER {table}_no_replace BEFORE INSERT ON {table}
WHEN EXISTS (SELECT 1 FROM {table} WHERE id = NEW.id)
BEGIN SELECT RAISE(ABORT, '{table} is append-only: REPLACE is refused'); END""",
}
_POSTGRES = {
    "no_change": """\
CREATE TRIGGER {table}_no_change BEFORE UPDATE{of} OR DELETE ON {table}
FOR EACH ROW EXECUTE FUNCTION refuse_change()""",
    "no_truncate": """\
CREATE TRIGGER {table}_no_truncate BEFORE TRUNCATE ON {table}
FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()""",
}
_POSTGRES_FUNCTION = """\
CREATE OR REPLACE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION USING
    MESSAGE = TG_TABLE_NAME || ' is append-only: ' || TG_OP || ' is refused',
    ERRCODE = 'integrity_constraint_violation';
END $$"""


def anew() -> Literal["always", "never"]:
    """On SQLite a column added in place stands on another's line, and reads otherwise than made."""
    return "always" if op.get_bind().dialect.name == "sqlite" else "never"


def next_due_at() -> sa.Column[Any]:
    return sa.Column(
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


# As node/store/issue_texts.py has it today.
_SQLITE_WORDS = (
    # Without positions and without the text itself: a third of the size. Its words are already
    # lemmas in lower case, so whatever is not a space belongs to one.
    """\
CREATE VIRTUAL TABLE issue_word USING fts5(words, content='', columnsize=0, detail=none,
  tokenize="ascii tokenchars '.,/-'")""",
    """\
CREATE TRIGGER issue_text_added AFTER INSERT ON issue_text
BEGIN INSERT INTO issue_word (rowid, words) VALUES (NEW.issue_id, NEW.words); END""",
    """\
CREATE TRIGGER issue_text_changed AFTER UPDATE OF words ON issue_text
BEGIN
  INSERT INTO issue_word (issue_word, rowid, words) VALUES ('delete', OLD.issue_id, OLD.words);
  INSERT INTO issue_word (rowid, words) VALUES (NEW.issue_id, NEW.words);
END""",
    """\
CREATE TRIGGER issue_text_removed AFTER DELETE ON issue_text
BEGIN
  INSERT INTO issue_word (issue_word, rowid, words) VALUES ('delete', OLD.issue_id, OLD.words);
END""",
)
_POSTGRES_WORDS = (
    # Without a list of what is still to be entered: every search would have to read it through.
    "CREATE INDEX ix_issue_text_words ON issue_text USING gin (words) WITH (fastupdate=off)",
)


def keep_append_only() -> None:
    sqlite = op.get_bind().dialect.name == "sqlite"
    if not sqlite:
        op.execute(_POSTGRES_FUNCTION)
    for table, of in APPEND_ONLY.items():
        for sql in (_SQLITE if sqlite else _POSTGRES).values():
            op.execute(sql.format(table=table, of=of))


def drop_append_only() -> None:
    sqlite = op.get_bind().dialect.name == "sqlite"
    for table in APPEND_ONLY:
        for kind in _SQLITE if sqlite else _POSTGRES:
            op.execute(f"DROP TRIGGER {table}_{kind}" + ("" if sqlite else f" ON {table}"))


# What the rows already there are to the new columns.
# By table, which columns may not be changed; none named: no column. Retention redacts reasons.
APPEND_ONLY = {
    "journal": "",
    "delivery_attempt": "",
    "issue_flow": "",
    "issue_state": " OF id, issue_id, move, state, outcome, topic, territory, executor, details,"
    " actor, at",
    "tombstone": "",
}
DATA = (
    "UPDATE issue SET channel = COALESCE((SELECT appeal.channel FROM appeal"
    " WHERE appeal.issue_id = issue.id ORDER BY received_at, id LIMIT 1), channel)",
    "UPDATE issue SET formal = (SELECT COUNT(*) > 0 FROM appeal"
    " WHERE appeal.issue_id = issue.id AND appeal.kind = 'formal')",
    "UPDATE issue SET routed_at = (SELECT MIN(at) FROM issue_state"
    " WHERE issue_state.issue_id = issue.id AND issue_state.state = 'routed')",
    "UPDATE issue SET reopens = (SELECT COUNT(*) FROM issue_state"
    " WHERE issue_state.issue_id = issue.id AND issue_state.move = 'reopen')",
    "INSERT INTO issue_flow (issue_id, counter, minutes, at)"
    " SELECT id, 'opened', NULL, opened_at FROM issue WHERE opened_at IS NOT NULL",
    "UPDATE issue_state SET state = 'coordination' WHERE state = 'registered'",
    "UPDATE issue SET state = 'coordination' WHERE state = 'registered'",
    "UPDATE reply SET sent_at = at",
    "UPDATE appeal SET link_shown_at = registered_at WHERE channel = 'web_form'",
)


def retention_tables() -> None:
    moment = sa.DateTime(timezone=True)
    op.create_table(
        "data_request",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("subject", sa.String(length=80), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("fields", sa.JSON(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("forced", sa.Boolean(), nullable=False),
        sa.Column("actor", sa.String(length=120), nullable=False),
        sa.Column("at", moment, nullable=False),
        sa.CheckConstraint(
            "kind IN ('export', 'correct', 'erase')", name=op.f("ck_data_request_kind")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_data_request")),
    )
    op.create_index(
        op.f("ix_data_request_subject_data_request_id"), "data_request", ["subject", "id"]
    )
    op.create_table(
        "tombstone",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("subject", sa.String(length=80), nullable=False),
        sa.Column("data", sa.String(length=16), nullable=False),
        sa.Column("fate", sa.String(length=16), nullable=False),
        sa.Column("rule", sa.String(length=64), nullable=False),
        sa.Column("items", sa.Integer(), nullable=False),
        sa.Column("consent_version", sa.String(length=32), nullable=True),
        sa.Column("consented_at", moment, nullable=True),
        sa.Column("actor", sa.String(length=120), nullable=False),
        sa.Column("at", moment, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tombstone")),
    )
    op.create_index(op.f("ix_tombstone_subject_tombstone_id"), "tombstone", ["subject", "id"])
    op.create_table(
        "legal_hold",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("issue_id", sa.Integer(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("actor", sa.String(length=120), nullable=False),
        sa.Column("at", moment, nullable=False),
        sa.Column("released_by", sa.String(length=120), nullable=True),
        sa.Column("released_at", moment, nullable=True),
        sa.ForeignKeyConstraint(
            ["issue_id"], ["issue.id"], name=op.f("fk_legal_hold_issue_id_issue")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_legal_hold")),
    )
    op.create_index(op.f("ix_legal_hold_issue_id"), "legal_hold", ["issue_id"])
    op.create_table(
        "retention_look",
        sa.Column("issue_id", sa.Integer(), nullable=False),
        sa.Column("rules", sa.String(length=64), nullable=False),
        sa.Column("at", moment, nullable=False),
        sa.Column("next_at", moment, nullable=True),
        sa.ForeignKeyConstraint(
            ["issue_id"], ["issue.id"], name=op.f("fk_retention_look_issue_id_issue")
        ),
        sa.PrimaryKeyConstraint("issue_id", name=op.f("pk_retention_look")),
    )


def upgrade() -> None:
    op.create_table(
        "routing_set",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=True),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("note", sa.String(length=1000), nullable=True),
        sa.Column("again", sa.Integer(), nullable=True),
        sa.Column("made_by", sa.String(length=120), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("published_by", sa.String(length=120), nullable=True),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("retired_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "state IN ('draft', 'published', 'retired')", name=op.f("ck_routing_set_state")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_routing_set")),
        sa.UniqueConstraint("version", name=op.f("uq_routing_set_version")),
    )
    with op.batch_alter_table("routing_set", schema=None) as batch_op:
        batch_op.create_index(
            "ix_routing_set_one_draft",
            ["state"],
            unique=True,
            sqlite_where=sa.text("state = 'draft'"),
            postgresql_where=sa.text("state = 'draft'"),
        )
        batch_op.create_index(
            "ix_routing_set_one_published",
            ["state"],
            unique=True,
            sqlite_where=sa.text("state = 'published'"),
            postgresql_where=sa.text("state = 'published'"),
        )

    op.create_table(
        "alert",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("issue_id", sa.Integer(), nullable=False),
        sa.Column("rule", sa.String(length=64), nullable=False),
        sa.Column("raised_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("acknowledged_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("acknowledged_by", sa.String(length=120), nullable=True),
        sa.Column("last_sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("times_sent", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["issue_id"], ["issue.id"], name=op.f("fk_alert_issue_id_issue")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_alert")),
        sa.UniqueConstraint("issue_id", "rule", name=op.f("uq_alert_issue_id_rule")),
    )
    with op.batch_alter_table("alert", schema=None) as batch_op:
        batch_op.create_index(
            "ix_alert_open",
            ["id"],
            unique=False,
            sqlite_where=sa.text("acknowledged_at IS NULL"),
            postgresql_where=sa.text("acknowledged_at IS NULL"),
        )

    op.create_table(
        "issue_route",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("issue_id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("basis", sa.String(length=16), nullable=False),
        sa.Column("rule", sa.String(length=64), nullable=True),
        sa.Column("executor", sa.String(length=64), nullable=True),
        sa.Column("to_and_fro", sa.Boolean(), nullable=False),
        sa.Column("passed_over", sa.Integer(), nullable=False),
        sa.Column("trail", sa.JSON(), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["issue_id"], ["issue.id"], name=op.f("fk_issue_route_issue_id_issue")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_issue_route")),
    )
    with op.batch_alter_table("issue_route", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_issue_route_decided_at_issue_route_basis_issue_route_rule"),
            ["decided_at", "basis", "rule"],
            unique=False,
        )
        batch_op.create_index(
            batch_op.f("ix_issue_route_issue_id_issue_route_id"), ["issue_id", "id"], unique=False
        )

    op.create_table(
        "issue_text",
        sa.Column("issue_id", sa.Integer(), nullable=False),
        sa.Column(
            "words", sa.Text().with_variant(postgresql.TSVECTOR(), "postgresql"), nullable=False
        ),
        sa.Column(
            "own", sa.Text().with_variant(postgresql.TSVECTOR(), "postgresql"), nullable=True
        ),
        sa.ForeignKeyConstraint(
            ["issue_id"], ["issue.id"], name=op.f("fk_issue_text_issue_id_issue")
        ),
        sa.PrimaryKeyConstraint("issue_id", name=op.f("pk_issue_text")),
    )
    op.create_table(
        "repeat_offer",
        sa.Column("issue_id", sa.Integer(), nullable=False),
        sa.Column("other_id", sa.Integer(), nullable=False),
        sa.Column("sign", sa.String(length=16), nullable=False),
        sa.Column("metres", sa.Integer(), nullable=True),
        sa.Column("found_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("dismissed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("dismissed_by", sa.String(length=120), nullable=True),
        sa.ForeignKeyConstraint(
            ["issue_id"], ["issue.id"], name=op.f("fk_repeat_offer_issue_id_issue")
        ),
        sa.ForeignKeyConstraint(
            ["other_id"], ["issue.id"], name=op.f("fk_repeat_offer_other_id_issue")
        ),
        sa.PrimaryKeyConstraint("issue_id", "other_id", name=op.f("pk_repeat_offer")),
    )
    with op.batch_alter_table("repeat_offer", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_repeat_offer_other_id"), ["other_id"], unique=False)

    op.create_table(
        "saved_filter",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column("query", sa.String(length=2000), nullable=False),
        sa.Column("saved_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name=op.f("fk_saved_filter_person_id_person")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_saved_filter")),
        sa.UniqueConstraint("person_id", "name", name=op.f("uq_saved_filter_person_id_name")),
    )
    op.create_table(
        "outbox",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(length=120), nullable=False),
        sa.Column("priority", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("stage", sa.String(length=32), nullable=False),
        sa.Column("issue_id", sa.Integer(), nullable=True),
        sa.Column("person_id", sa.Integer(), nullable=True),
        sa.Column("appeal_id", sa.Integer(), nullable=True),
        sa.Column("reply_id", sa.Integer(), nullable=True),
        sa.Column("alert_id", sa.Integer(), nullable=True),
        sa.Column("way", sa.String(length=16), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("failure", sa.String(length=32), nullable=True),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("waiting_since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("next_try_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("claimed_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("delivered_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "kind IN ('alert', 'interim', 'final', 'warning', 'notice')",
            name=op.f("ck_outbox_kind"),
        ),
        sa.CheckConstraint(
            "state IN ('waiting', 'delivered', 'failed', 'needless')",
            name=op.f("ck_outbox_state"),
        ),
        sa.CheckConstraint("way IN ('email', 'status_page', 'none')", name=op.f("ck_outbox_way")),
        sa.ForeignKeyConstraint(
            ["appeal_id"], ["appeal.id"], name=op.f("fk_outbox_appeal_id_appeal")
        ),
        sa.ForeignKeyConstraint(["issue_id"], ["issue.id"], name=op.f("fk_outbox_issue_id_issue")),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name=op.f("fk_outbox_person_id_person")
        ),
        sa.ForeignKeyConstraint(["reply_id"], ["reply.id"], name=op.f("fk_outbox_reply_id_reply")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outbox")),
        sa.UniqueConstraint("key", name=op.f("uq_outbox_key")),
    )
    with op.batch_alter_table("outbox", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_outbox_issue_id_outbox_id"), ["issue_id", "id"], unique=False
        )
        batch_op.create_index(
            batch_op.f("ix_outbox_kind_outbox_created_at"), ["kind", "created_at"], unique=False
        )
        batch_op.create_index(
            batch_op.f("ix_outbox_reply_id_outbox_state"), ["reply_id", "state"], unique=False
        )
        batch_op.create_index(
            "ix_outbox_person",
            ["person_id", "id"],
            unique=False,
            sqlite_where=sa.text("person_id IS NOT NULL"),
            postgresql_where=sa.text("person_id IS NOT NULL"),
        )
        batch_op.create_index(
            "ix_outbox_waiting",
            ["priority", "id"],
            unique=False,
            sqlite_where=sa.text("state = 'waiting'"),
            postgresql_where=sa.text("state = 'waiting'"),
        )

    op.create_table(
        "photo",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("public_id", sa.String(length=22), nullable=False),
        sa.Column("issue_id", sa.Integer(), nullable=False),
        sa.Column("appeal_id", sa.Integer(), nullable=True),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("work", sa.String(length=16), nullable=True),
        sa.Column("reason", sa.String(length=32), nullable=True),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("blob_key", sa.String(length=32), nullable=False),
        sa.Column("bytes", sa.Integer(), nullable=False),
        sa.Column("width", sa.Integer(), nullable=True),
        sa.Column("height", sa.Integer(), nullable=True),
        sa.Column("sha256", sa.String(length=64), nullable=True),
        sa.Column("public", sa.Boolean(), nullable=False),
        sa.Column("made_public_by", sa.String(length=120), nullable=True),
        sa.Column("made_public_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("added_by", sa.String(length=120), nullable=False),
        sa.Column("added_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("kind IN ('before', 'after', 'document')", name=op.f("ck_photo_kind")),
        sa.CheckConstraint(
            "state IN ('waiting', 'ready', 'refused', 'erased')", name=op.f("ck_photo_state")
        ),
        sa.CheckConstraint("work IN ('prepare', 'clean')", name=op.f("ck_photo_work")),
        sa.ForeignKeyConstraint(
            ["appeal_id"], ["appeal.id"], name=op.f("fk_photo_appeal_id_appeal")
        ),
        sa.ForeignKeyConstraint(["issue_id"], ["issue.id"], name=op.f("fk_photo_issue_id_issue")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_photo")),
        sa.UniqueConstraint("blob_key", name=op.f("uq_photo_blob_key")),
        sa.UniqueConstraint("public_id", name=op.f("uq_photo_public_id")),
    )
    with op.batch_alter_table("photo", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_photo_appeal_id"), ["appeal_id"], unique=False)
        batch_op.create_index(
            batch_op.f("ix_photo_issue_id_photo_id"), ["issue_id", "id"], unique=False
        )
        batch_op.create_index(batch_op.f("ix_photo_work_photo_id"), ["work", "id"], unique=False)

    op.create_table(
        "resident_message",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("appeal_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("mark", sa.String(length=16), nullable=True),
        sa.Column("closing", sa.Integer(), nullable=False),
        sa.Column("text", sa.Text(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "kind IN ('mark', 'contest', 'answer')", name=op.f("ck_resident_message_kind")
        ),
        sa.ForeignKeyConstraint(
            ["appeal_id"], ["appeal.id"], name=op.f("fk_resident_message_appeal_id_appeal")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_resident_message")),
    )
    with op.batch_alter_table("resident_message", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_resident_message_appeal_id_resident_message_id"),
            ["appeal_id", "id"],
            unique=False,
        )

    op.create_table(
        "delivery_attempt",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("message_id", sa.Integer(), nullable=False),
        sa.Column("way", sa.String(length=16), nullable=False),
        sa.Column("result", sa.String(length=16), nullable=False),
        sa.Column("code", sa.String(length=32), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["message_id"], ["outbox.id"], name=op.f("fk_delivery_attempt_message_id_outbox")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_delivery_attempt")),
    )
    with op.batch_alter_table("delivery_attempt", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_delivery_attempt_message_id"), ["message_id"], unique=False
        )

    with op.batch_alter_table("appeal", recreate=anew()) as batch_op:
        batch_op.add_column(sa.Column("text_key", sa.String(length=64), nullable=True))
        batch_op.add_column(sa.Column("link_shown_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.create_index(batch_op.f("ix_appeal_external_id"), ["external_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_appeal_text_key"), ["text_key"], unique=False)

    # On SQLite a table with a stored computed column cannot be made anew: it goes, and comes again.
    with op.batch_alter_table("issue") as batch_op:
        batch_op.drop_index(op.f("ix_issue_next_due_at_issue_id"))
        batch_op.drop_column("next_due_at")
    with op.batch_alter_table("issue", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column(
                "channel", sa.String(length=64), nullable=False, server_default=sa.text("'api'")
            )
        )
        batch_op.add_column(
            sa.Column(
                "urgency",
                sa.String(length=16),
                nullable=False,
                server_default=sa.text("'ordinary'"),
            )
        )
        batch_op.add_column(
            sa.Column("formal", sa.Boolean(), nullable=False, server_default=sa.false())
        )
        batch_op.add_column(
            sa.Column("danger", sa.Boolean(), nullable=False, server_default=sa.false())
        )
        batch_op.add_column(sa.Column("complained_of", sa.String(length=64), nullable=True))
        batch_op.add_column(sa.Column("routed_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("warn_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("forward_due_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("paused_until", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("promised_on", sa.Date(), nullable=True))
        batch_op.add_column(
            sa.Column("interims", sa.Integer(), nullable=False, server_default=sa.text("0"))
        )
        batch_op.add_column(
            sa.Column("returns", sa.Integer(), nullable=False, server_default=sa.text("0"))
        )
        batch_op.add_column(
            sa.Column("reopens", sa.Integer(), nullable=False, server_default=sa.text("0"))
        )
        batch_op.add_column(sa.Column("merged_into", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("head_id", sa.Integer(), nullable=True))
        batch_op.alter_column("opened_at", existing_type=sa.DATETIME(), nullable=True)
        batch_op.drop_index(batch_op.f("ix_issue_closed_at"))
        batch_op.create_index(
            batch_op.f("ix_issue_closed_at_issue_id"), ["closed_at", "id"], unique=False
        )
        batch_op.create_index(
            batch_op.f("ix_issue_executor_issue_territory_issue_id"),
            ["executor", "territory", "id"],
            unique=False,
        )
        batch_op.create_index(batch_op.f("ix_issue_head_id"), ["head_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_issue_paused_until"), ["paused_until"], unique=False)
        batch_op.create_index(
            batch_op.f("ix_issue_topic_issue_lat"), ["topic", "lat"], unique=False
        )
        batch_op.create_foreign_key(
            batch_op.f("fk_issue_head_id_issue"), "issue", ["head_id"], ["id"]
        )
        batch_op.create_foreign_key(
            batch_op.f("fk_issue_merged_into_issue"), "issue", ["merged_into"], ["id"]
        )

    with op.batch_alter_table("issue_deadline", schema=None) as batch_op:
        batch_op.add_column(sa.Column("warn_at", sa.DateTime(timezone=True), nullable=True))

    with op.batch_alter_table("issue_state", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column("details", sa.JSON(), nullable=False, server_default=sa.text("'{}'"))
        )

    with op.batch_alter_table("reply", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column(
                "kind", sa.String(length=16), nullable=False, server_default=sa.text("'final'")
            )
        )
        batch_op.add_column(
            sa.Column(
                "state", sa.String(length=16), nullable=False, server_default=sa.text("'sent'")
            )
        )
        batch_op.add_column(sa.Column("outcome", sa.String(length=32), nullable=True))
        batch_op.add_column(sa.Column("until", sa.Date(), nullable=True))
        batch_op.add_column(sa.Column("approved_by", sa.String(length=120), nullable=True))
        batch_op.add_column(sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.drop_index(batch_op.f("ix_reply_issue_id"))
        batch_op.create_index(
            batch_op.f("ix_reply_issue_id_reply_id"), ["issue_id", "id"], unique=False
        )

    # Defaults were for the rows already there: the program gives every value itself.
    with op.batch_alter_table("issue") as batch_op:
        batch_op.alter_column("channel", existing_type=sa.String(length=64), server_default=None)
        batch_op.alter_column("urgency", existing_type=sa.String(length=16), server_default=None)
        batch_op.alter_column("formal", existing_type=sa.Boolean(), server_default=None)
        batch_op.alter_column("danger", existing_type=sa.Boolean(), server_default=None)
        batch_op.alter_column("interims", existing_type=sa.Integer(), server_default=None)
        batch_op.alter_column("returns", existing_type=sa.Integer(), server_default=None)
        batch_op.alter_column("reopens", existing_type=sa.Integer(), server_default=None)
        batch_op.create_check_constraint(
            op.f("ck_issue_urgency"), "urgency IN ('ordinary', 'urgent')"
        )
    with op.batch_alter_table("issue_state") as batch_op:
        batch_op.alter_column("details", existing_type=sa.JSON(), server_default=None)
    with op.batch_alter_table("reply") as batch_op:
        batch_op.alter_column("kind", existing_type=sa.String(length=16), server_default=None)
        batch_op.alter_column("state", existing_type=sa.String(length=16), server_default=None)
        batch_op.create_check_constraint(
            op.f("ck_reply_kind"), "kind IN ('interim', 'final', 'question')"
        )
        batch_op.create_check_constraint(
            op.f("ck_reply_state"), "state IN ('draft', 'proposed', 'sent', 'withdrawn')"
        )
        batch_op.create_index(
            "uq_reply_draft",
            ["issue_id", "actor", "kind"],
            unique=True,
            sqlite_where=sa.text("state = 'draft'"),
            postgresql_where=sa.text("state = 'draft'"),
        )
    with op.batch_alter_table("issue_deadline") as batch_op:
        batch_op.drop_constraint(op.f("ck_issue_deadline_kind"), type_="check")
        batch_op.create_check_constraint(
            op.f("ck_issue_deadline_kind"),
            "kind IN ('first_answer', 'final', 'interim', 'forward', 'register')",
        )
    with op.batch_alter_table("issue") as batch_op:
        batch_op.add_column(next_due_at())
    with op.batch_alter_table("issue") as batch_op:
        batch_op.create_index(
            "ix_issue_in_work",
            [
                "next_due_at",
                "id",
                "state",
                "executor",
                "topic",
                "territory",
                "urgency",
                "danger",
                "channel",
                "formal",
                "warn_at",
            ],
            unique=False,
            sqlite_where=sa.text("next_due_at IS NOT NULL"),
            postgresql_where=sa.text("next_due_at IS NOT NULL"),
        )
    retention_tables()
    warnings_of_deadlines()
    for statement in DATA:
        op.execute(statement)
    keep_append_only()
    for sql in _SQLITE_WORDS if op.get_bind().dialect.name == "sqlite" else _POSTGRES_WORDS:
        op.execute(sql)


def warnings_of_deadlines() -> None:
    op.create_table(
        "deadline_warning",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("issue_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("looked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("message_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(
            ["issue_id"], ["issue.id"], name=op.f("fk_deadline_warning_issue_id_issue")
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name=op.f("fk_deadline_warning_person_id_person")
        ),
        sa.ForeignKeyConstraint(
            ["message_id"], ["outbox.id"], name=op.f("fk_deadline_warning_message_id_outbox")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_deadline_warning")),
        sa.UniqueConstraint(
            "issue_id",
            "person_id",
            "due_at",
            name=op.f("uq_deadline_warning_issue_id_person_id_due_at"),
        ),
    )
    with op.batch_alter_table("deadline_warning") as batch_op:
        batch_op.create_index(batch_op.f("ix_deadline_warning_due_at"), ["due_at"], unique=False)
        batch_op.create_index(
            batch_op.f("ix_deadline_warning_message_id"), ["message_id"], unique=False
        )
        batch_op.create_index(
            "ix_deadline_warning_untold",
            ["person_id"],
            unique=False,
            sqlite_where=sa.text("message_id IS NULL"),
            postgresql_where=sa.text("message_id IS NULL"),
        )
    op.create_table(
        "deadline_look",
        sa.Column("issue_id", sa.Integer(), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("looked_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["issue_id"], ["issue.id"], name=op.f("fk_deadline_look_issue_id_issue")
        ),
        sa.PrimaryKeyConstraint("issue_id", name=op.f("pk_deadline_look")),
    )
    with op.batch_alter_table("deadline_look") as batch_op:
        batch_op.create_index(batch_op.f("ix_deadline_look_due_at"), ["due_at"], unique=False)
    with op.batch_alter_table("person") as batch_op:
        batch_op.add_column(
            sa.Column("deadline_letters", sa.Boolean(), nullable=False, server_default=sa.true())
        )
    with op.batch_alter_table("person") as batch_op:
        batch_op.alter_column("deadline_letters", existing_type=sa.Boolean(), server_default=None)


def downgrade() -> None:
    if op.get_bind().dialect.name == "sqlite":
        for name in ("added", "changed", "removed"):
            op.execute(f"DROP TRIGGER issue_text_{name}")
        op.execute("DROP TABLE issue_word")
    drop_append_only()
    for name in ("retention_look", "legal_hold", "tombstone", "data_request"):
        op.drop_table(name)
    with op.batch_alter_table("deadline_look") as batch_op:
        batch_op.drop_index(batch_op.f("ix_deadline_look_due_at"))
    op.drop_table("deadline_look")
    with op.batch_alter_table("deadline_warning") as batch_op:
        batch_op.drop_index(batch_op.f("ix_deadline_warning_due_at"))
        batch_op.drop_index(batch_op.f("ix_deadline_warning_message_id"))
        batch_op.drop_index(
            "ix_deadline_warning_untold",
            sqlite_where=sa.text("message_id IS NULL"),
            postgresql_where=sa.text("message_id IS NULL"),
        )
    op.drop_table("deadline_warning")
    with op.batch_alter_table("person") as batch_op:
        batch_op.drop_column("deadline_letters")
    # What the older program does not know is what it would have been there.
    op.execute("DELETE FROM issue_flow WHERE counter = 'opened'")
    op.execute("DELETE FROM issue_deadline WHERE kind NOT IN ('first_answer', 'final')")
    op.execute("UPDATE issue SET opened_at = arrived_at WHERE opened_at IS NULL")
    for table in ("issue", "issue_state"):
        op.execute(
            f"UPDATE {table} SET state = 'registered'"
            " WHERE state IN ('moderation', 'coordination', 'returned')"
        )
        op.execute(f"UPDATE {table} SET state = 'routed' WHERE state IN ('paused', 'approval')")
        op.execute(f"UPDATE {table} SET state = 'closed' WHERE state IN ('rejected', 'merged')")
    op.execute("DELETE FROM reply WHERE state <> 'sent' OR kind = 'question'")
    with op.batch_alter_table("reply", schema=None) as batch_op:
        batch_op.drop_constraint(op.f("ck_reply_kind"), type_="check")
        batch_op.drop_constraint(op.f("ck_reply_state"), type_="check")
        batch_op.drop_index(
            "uq_reply_draft",
            sqlite_where=sa.text("state = 'draft'"),
            postgresql_where=sa.text("state = 'draft'"),
        )
        batch_op.drop_index(batch_op.f("ix_reply_issue_id_reply_id"))
        batch_op.create_index(batch_op.f("ix_reply_issue_id"), ["issue_id"], unique=False)
        batch_op.drop_column("sent_at")
        batch_op.drop_column("approved_by")
        batch_op.drop_column("until")
        batch_op.drop_column("outcome")
        batch_op.drop_column("state")
        batch_op.drop_column("kind")

    with op.batch_alter_table("issue_state", schema=None) as batch_op:
        batch_op.drop_column("details")

    with op.batch_alter_table("issue_deadline", schema=None) as batch_op:
        batch_op.drop_constraint(op.f("ck_issue_deadline_kind"), type_="check")
        batch_op.create_check_constraint(
            op.f("ck_issue_deadline_kind"), "kind IN ('first_answer', 'final')"
        )
        batch_op.drop_column("warn_at")

    with op.batch_alter_table("issue") as batch_op:
        batch_op.drop_index("ix_issue_in_work")
        batch_op.drop_column("next_due_at")
        batch_op.drop_constraint(op.f("ck_issue_urgency"), type_="check")
    with op.batch_alter_table("issue", schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f("fk_issue_merged_into_issue"), type_="foreignkey")
        batch_op.drop_constraint(batch_op.f("fk_issue_head_id_issue"), type_="foreignkey")
        batch_op.drop_index(batch_op.f("ix_issue_topic_issue_lat"))
        batch_op.drop_index(batch_op.f("ix_issue_paused_until"))
        batch_op.drop_index(batch_op.f("ix_issue_head_id"))
        batch_op.drop_index(batch_op.f("ix_issue_executor_issue_territory_issue_id"))
        batch_op.drop_index(batch_op.f("ix_issue_closed_at_issue_id"))
        batch_op.create_index(batch_op.f("ix_issue_closed_at"), ["closed_at"], unique=False)
        batch_op.alter_column("opened_at", existing_type=sa.DATETIME(), nullable=False)
        batch_op.drop_column("head_id")
        batch_op.drop_column("merged_into")
        batch_op.drop_column("reopens")
        batch_op.drop_column("returns")
        batch_op.drop_column("interims")
        batch_op.drop_column("promised_on")
        batch_op.drop_column("paused_until")
        batch_op.drop_column("forward_due_at")
        batch_op.drop_column("warn_at")
        batch_op.drop_column("routed_at")
        batch_op.drop_column("complained_of")
        batch_op.drop_column("danger")
        batch_op.drop_column("formal")
        batch_op.drop_column("urgency")
        batch_op.drop_column("channel")

    with op.batch_alter_table("appeal", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_appeal_text_key"))
        batch_op.drop_index(batch_op.f("ix_appeal_external_id"))
        batch_op.drop_column("link_shown_at")
        batch_op.drop_column("text_key")

    with op.batch_alter_table("delivery_attempt", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_delivery_attempt_message_id"))

    op.drop_table("delivery_attempt")
    with op.batch_alter_table("resident_message", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_resident_message_appeal_id_resident_message_id"))

    op.drop_table("resident_message")
    with op.batch_alter_table("photo", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_photo_work_photo_id"))
        batch_op.drop_index(batch_op.f("ix_photo_issue_id_photo_id"))
        batch_op.drop_index(batch_op.f("ix_photo_appeal_id"))

    op.drop_table("photo")
    with op.batch_alter_table("outbox", schema=None) as batch_op:
        batch_op.drop_index(
            "ix_outbox_person",
            sqlite_where=sa.text("person_id IS NOT NULL"),
            postgresql_where=sa.text("person_id IS NOT NULL"),
        )
        batch_op.drop_index(
            "ix_outbox_waiting",
            sqlite_where=sa.text("state = 'waiting'"),
            postgresql_where=sa.text("state = 'waiting'"),
        )
        batch_op.drop_index(batch_op.f("ix_outbox_reply_id_outbox_state"))
        batch_op.drop_index(batch_op.f("ix_outbox_kind_outbox_created_at"))
        batch_op.drop_index(batch_op.f("ix_outbox_issue_id_outbox_id"))

    op.drop_table("outbox")
    op.drop_table("saved_filter")
    with op.batch_alter_table("repeat_offer", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_repeat_offer_other_id"))

    op.drop_table("repeat_offer")
    op.drop_table("issue_text")
    with op.batch_alter_table("issue_route", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_issue_route_issue_id_issue_route_id"))
        batch_op.drop_index(
            batch_op.f("ix_issue_route_decided_at_issue_route_basis_issue_route_rule")
        )

    op.drop_table("issue_route")
    with op.batch_alter_table("alert", schema=None) as batch_op:
        batch_op.drop_index(
            "ix_alert_open",
            sqlite_where=sa.text("acknowledged_at IS NULL"),
            postgresql_where=sa.text("acknowledged_at IS NULL"),
        )

    op.drop_table("alert")
    with op.batch_alter_table("routing_set", schema=None) as batch_op:
        batch_op.drop_index(
            "ix_routing_set_one_published",
            sqlite_where=sa.text("state = 'published'"),
            postgresql_where=sa.text("state = 'published'"),
        )
        batch_op.drop_index(
            "ix_routing_set_one_draft",
            sqlite_where=sa.text("state = 'draft'"),
            postgresql_where=sa.text("state = 'draft'"),
        )

    op.drop_table("routing_set")
    with op.batch_alter_table("issue") as batch_op:
        batch_op.add_column(next_due_at())
    with op.batch_alter_table("issue") as batch_op:
        batch_op.create_index(op.f("ix_issue_next_due_at_issue_id"), ["next_due_at", "id"])
