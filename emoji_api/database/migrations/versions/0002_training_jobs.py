"""Create the table of training jobs."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Upgrade from the previous revision."""
    op.create_table(
        "training_jobs",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("slot", sa.Integer(), nullable=True),
        sa.Column("parameters", sa.JSON(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("heartbeat", sa.DateTime(timezone=True), nullable=False),
        sa.Column("pid", sa.Integer(), nullable=True),
        sa.Column("host", sa.String(255), nullable=True),
        sa.Column("cancelling", sa.Boolean(), nullable=False),
        sa.Column("epoch", sa.Integer(), nullable=True),
        sa.Column("progress", sa.Double(), nullable=False),
        sa.Column("metrics", sa.JSON(), nullable=False),
        sa.Column("reasons", sa.JSON(), nullable=False),
        sa.Column("error", sa.Text(), nullable=True),
        sa.Column("version", sa.String(100), nullable=True),
        sa.Column("mlflow_run", sa.String(64), nullable=True),
        sa.CheckConstraint(
            "state IN ('queued', 'running', 'validating', 'promoted', 'rejected', 'failed', 'cancelled')",
            name=op.f("ck_training_jobs_state"),
        ),
        sa.CheckConstraint(
            "(slot IS NULL) = (state IN ('promoted', 'rejected', 'failed', 'cancelled'))",
            name=op.f("ck_training_jobs_slot"),
        ),
        sa.CheckConstraint("slot = 1", name=op.f("ck_training_jobs_one_slot")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_training_jobs")),
        sa.UniqueConstraint("slot", name=op.f("uq_training_jobs_slot")),
    )
    op.create_index(op.f("ix_training_jobs_created_at"), "training_jobs", ["created_at"])


def downgrade() -> None:
    """Downgrade to the previous revision."""
    op.drop_table("training_jobs")
