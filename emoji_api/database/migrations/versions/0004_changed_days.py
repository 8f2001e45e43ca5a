"""Create the table of days whose statistics have to be computed; every day with posts is one of them at first."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Upgrade from the previous revision."""
    op.create_table(
        "changed_days",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("company_id", sa.Integer(), nullable=False),
        sa.Column("date", sa.Date(), nullable=False),
        sa.ForeignKeyConstraint(
            ["company_id"], ["companies.id"], name=op.f("fk_changed_days_company_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_changed_days")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_changed_days_company_id"), "changed_days", ["company_id"])
    is_postgresql = op.get_context().dialect.name == "postgresql"
    day = "CAST(timezone('UTC', time) AS DATE)" if is_postgresql else "date(time)"
    op.execute(f"INSERT INTO changed_days (company_id, date) SELECT DISTINCT company_id, {day} FROM posts")


def downgrade() -> None:
    """Downgrade to the previous revision."""
    op.drop_table("changed_days")
