"""What tells the runs of a job apart: the inputs that its author marks."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

JSON = sa.JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True), "postgresql")


def upgrade() -> None:
    # Plain ALTER TABLE, as in 0002, so that triggers and rows stay.
    op.add_column("run", sa.Column("key_inputs", JSON, nullable=True))


def downgrade() -> None:
    op.drop_column("run", "key_inputs")
