"""Create the table of post labels, number the posts for random sampling, and index them by language."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Upgrade from the previous revision. Stored posts get random numbers, in [0, 2 ** 31)."""
    op.add_column("posts", sa.Column("draw", sa.Integer(), nullable=False, server_default="0"))
    if op.get_context().dialect.name == "postgresql":
        op.execute("UPDATE posts SET draw = CAST(floor(random() * 2147483648) AS INTEGER)")
    else:
        op.execute("UPDATE posts SET draw = abs(random() % 2147483648)")
    op.create_index(op.f("ix_posts_company_id_draw"), "posts", ["company_id", "draw"])
    op.create_index(op.f("ix_posts_company_id_language_time"), "posts", ["company_id", "language", "time"])
    op.create_table(
        "post_labels",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("post", sa.Integer(), nullable=False),
        sa.Column("task", sa.Text(), nullable=False),
        sa.Column("label", sa.Text(), nullable=True),
        sa.Column("drawn", sa.String(9), nullable=False),
        sa.Column("predicted", sa.Text(), nullable=True),
        sa.Column("model_version", sa.String(100), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("drawn IN ('random', 'uncertain')", name=op.f("ck_post_labels_drawn")),
        sa.ForeignKeyConstraint(["post"], ["posts.id"], name=op.f("fk_post_labels_post"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_post_labels")),
        sa.UniqueConstraint("post", "task", name=op.f("uq_post_labels_post_task")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_post_labels_task_drawn_created_at"), "post_labels", ["task", "drawn", "created_at"])


def downgrade() -> None:
    """Downgrade to the previous revision."""
    op.drop_table("post_labels")
    op.drop_index(op.f("ix_posts_company_id_language_time"), "posts")
    op.drop_index(op.f("ix_posts_company_id_draw"), "posts")
    op.drop_column("posts", "draw")
