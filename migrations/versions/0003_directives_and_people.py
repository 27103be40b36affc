"""Directives, people, help, what goes down.

Revision 0003, after 0002.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "delivery",
        sa.Column("origin", sa.String(length=64), nullable=False),
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("of_origin", sa.String(length=64), nullable=False),
        sa.Column("of_type", sa.String(length=64), nullable=False),
        sa.Column("body", sa.JSON(), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("origin", "key", name=op.f("pk_delivery")),
    )
    with op.batch_alter_table("delivery", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_delivery_of_origin_delivery_of_type_delivery_key"),
            ["of_origin", "of_type", "key"],
            unique=False,
        )

    op.create_table(
        "directive",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("issuer", sa.String(length=64), nullable=False),
        sa.Column("body", sa.JSON(), nullable=False),
        sa.Column("deadline", sa.Date(), nullable=False),
        sa.Column("withdrawn", sa.Boolean(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("unsealed", sa.Boolean(), nullable=False),
        sa.Column("scenario", sa.String(length=64), nullable=True),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_directive")),
    )
    with op.batch_alter_table("directive", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_directive_deadline_directive_id"), ["deadline", "id"], unique=False
        )

    op.create_table(
        "directive_report",
        sa.Column("directive_id", sa.String(length=64), nullable=False),
        sa.Column("unit", sa.String(length=64), nullable=False),
        sa.Column("origin", sa.String(length=64), nullable=False),
        sa.Column("body", sa.JSON(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("unsealed", sa.Boolean(), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("directive_id", "unit", "origin", name=op.f("pk_directive_report")),
    )
    op.create_table(
        "directive_risk",
        sa.Column("directive_id", sa.String(length=64), nullable=False),
        sa.Column("unit", sa.String(length=64), nullable=False),
        sa.Column("body", sa.JSON(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("unsealed", sa.Boolean(), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("directive_id", "unit", name=op.f("pk_directive_risk")),
    )
    op.create_table(
        "downward",
        sa.Column("peer", sa.String(length=64), nullable=False),
        sa.Column("origin", sa.String(length=64), nullable=False),
        sa.Column("type", sa.String(length=64), nullable=False),
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("epoch", sa.BigInteger(), nullable=False),
        sa.Column("rev", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("priority", sa.Integer(), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("result", sa.String(length=16), nullable=True),
        sa.Column("code", sa.String(length=64), nullable=True),
        sa.Column("receipted_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("peer", "origin", "type", "key", name=op.f("pk_downward")),
    )
    with op.batch_alter_table("downward", schema=None) as batch_op:
        batch_op.create_index("ix_downward_due", ["peer", "due_at"], unique=False)
        batch_op.create_index("ix_downward_id", ["origin", "type", "key"], unique=False)
        batch_op.create_index("ix_downward_sha256", ["peer", "sha256"], unique=False)

    op.create_table(
        "help",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("issuer", sa.String(length=64), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("directive_id", sa.String(length=64), nullable=True),
        sa.Column("asked_on", sa.Date(), nullable=False),
        sa.Column("body", sa.JSON(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("unsealed", sa.Boolean(), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_help")),
    )
    with op.batch_alter_table("help", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_help_directive_id"), ["directive_id"], unique=False)

    op.create_table(
        "help_report",
        sa.Column("help_id", sa.String(length=64), nullable=False),
        sa.Column("unit", sa.String(length=64), nullable=False),
        sa.Column("origin", sa.String(length=64), nullable=False),
        sa.Column("body", sa.JSON(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("unsealed", sa.Boolean(), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("help_id", "unit", "origin", name=op.f("pk_help_report")),
    )
    op.create_table(
        "person",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("login", sa.String(length=64), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("post", sa.String(length=200), nullable=False),
        sa.Column("email", sa.String(length=200), nullable=True),
        sa.Column("password", sa.String(length=200), nullable=True),
        sa.Column("subject", sa.String(length=255), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("disabled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("locked_until", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_person")),
        sa.UniqueConstraint("login", name=op.f("uq_person_login")),
        sa.UniqueConstraint("subject", name=op.f("uq_person_subject")),
    )
    op.create_table(
        "sign_in_attempt",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("address", sa.String(length=64), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sign_in_attempt")),
    )
    with op.batch_alter_table("sign_in_attempt", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_sign_in_attempt_address_sign_in_attempt_at"),
            ["address", "at"],
            unique=False,
        )

    op.create_table(
        "directive_addressee",
        sa.Column("directive_id", sa.String(length=64), nullable=False),
        sa.Column("unit", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(
            ["directive_id"],
            ["directive.id"],
            name=op.f("fk_directive_addressee_directive_id_directive"),
        ),
        sa.PrimaryKeyConstraint("directive_id", "unit", name=op.f("pk_directive_addressee")),
    )
    with op.batch_alter_table("directive_addressee", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_directive_addressee_unit_directive_addressee_directive_id"),
            ["unit", "directive_id"],
            unique=False,
        )

    op.create_table(
        "help_addressee",
        sa.Column("help_id", sa.String(length=64), nullable=False),
        sa.Column("unit", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(
            ["help_id"], ["help.id"], name=op.f("fk_help_addressee_help_id_help")
        ),
        sa.PrimaryKeyConstraint("help_id", "unit", name=op.f("pk_help_addressee")),
    )
    with op.batch_alter_table("help_addressee", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_help_addressee_unit_help_addressee_help_id"),
            ["unit", "help_id"],
            unique=False,
        )

    op.create_table(
        "person_grant",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("role", sa.String(length=64), nullable=False),
        sa.Column("unit", sa.String(length=64), nullable=False),
        sa.Column("agencies", sa.JSON(), nullable=False),
        sa.Column("sectors", sa.JSON(), nullable=False),
        sa.Column("bodies", sa.JSON(), nullable=False),
        sa.Column("given_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name=op.f("fk_person_grant_person_id_person")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_person_grant")),
        sa.UniqueConstraint(
            "person_id", "role", "unit", name=op.f("uq_person_grant_person_id_role_unit")
        ),
    )
    with op.batch_alter_table("person_grant", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_person_grant_person_id"), ["person_id"], unique=False)

    with op.batch_alter_table("api_token", schema=None) as batch_op:
        batch_op.add_column(sa.Column("person_id", sa.Integer(), nullable=True))
        batch_op.create_index(batch_op.f("ix_api_token_person_id"), ["person_id"], unique=False)
        batch_op.create_foreign_key(
            batch_op.f("fk_api_token_person_id_person"), "person", ["person_id"], ["id"]
        )

    with op.batch_alter_table("web_session", schema=None) as batch_op:
        batch_op.add_column(sa.Column("person_id", sa.Integer(), nullable=True))
        batch_op.alter_column("token_id", existing_type=sa.INTEGER(), nullable=True)
        batch_op.create_index(batch_op.f("ix_web_session_person_id"), ["person_id"], unique=False)
        batch_op.create_foreign_key(
            batch_op.f("fk_web_session_person_id_person"), "person", ["person_id"], ["id"]
        )


def downgrade() -> None:
    with op.batch_alter_table("web_session", schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f("fk_web_session_person_id_person"), type_="foreignkey")
        batch_op.drop_index(batch_op.f("ix_web_session_person_id"))
        batch_op.alter_column("token_id", existing_type=sa.INTEGER(), nullable=False)
        batch_op.drop_column("person_id")

    with op.batch_alter_table("api_token", schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f("fk_api_token_person_id_person"), type_="foreignkey")
        batch_op.drop_index(batch_op.f("ix_api_token_person_id"))
        batch_op.drop_column("person_id")

    with op.batch_alter_table("person_grant", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_person_grant_person_id"))

    op.drop_table("person_grant")
    with op.batch_alter_table("help_addressee", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_help_addressee_unit_help_addressee_help_id"))

    op.drop_table("help_addressee")
    with op.batch_alter_table("directive_addressee", schema=None) as batch_op:
        batch_op.drop_index(
            batch_op.f("ix_directive_addressee_unit_directive_addressee_directive_id")
        )

    op.drop_table("directive_addressee")
    with op.batch_alter_table("sign_in_attempt", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_sign_in_attempt_address_sign_in_attempt_at"))

    op.drop_table("sign_in_attempt")
    op.drop_table("person")
    op.drop_table("help_report")
    with op.batch_alter_table("help", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_help_directive_id"))

    op.drop_table("help")
    with op.batch_alter_table("downward", schema=None) as batch_op:
        batch_op.drop_index("ix_downward_sha256")
        batch_op.drop_index("ix_downward_id")
        batch_op.drop_index("ix_downward_due")

    op.drop_table("downward")
    op.drop_table("directive_risk")
    op.drop_table("directive_report")
    with op.batch_alter_table("directive", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_directive_deadline_directive_id"))

    op.drop_table("directive")
    with op.batch_alter_table("delivery", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_delivery_of_origin_delivery_of_type_delivery_key"))

    op.drop_table("delivery")
