"""What a run could not read of its machine."""

from alembic import op

revision = "whosaid_0007"
down_revision = "whosaid_0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("ALTER TABLE runs ADD COLUMN troubles text[] DEFAULT '{}' NOT NULL")


def downgrade() -> None:
    raise NotImplementedError("an archive is not taken back to an older schema: restore a backup")
