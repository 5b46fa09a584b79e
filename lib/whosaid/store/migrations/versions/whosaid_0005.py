"""The text model that search uses, so that another one can be brought up beside it."""

from alembic import op

revision = "whosaid_0005"
down_revision = "whosaid_0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("""
        CREATE TABLE serving_model (
            single boolean DEFAULT true NOT NULL,
            model_key text NOT NULL,
            CONSTRAINT pk_serving_model PRIMARY KEY (single),
            CONSTRAINT ck_serving_model_single CHECK (single),
            CONSTRAINT fk_serving_model_model_key FOREIGN KEY (model_key) REFERENCES text_models (model_key)
        );
        INSERT INTO serving_model (model_key)
        SELECT model_key FROM passage_embeddings GROUP BY model_key ORDER BY count(*) DESC, model_key LIMIT 1;
    """)


def downgrade() -> None:
    raise NotImplementedError("an archive is not taken back to an older schema: restore a backup")
