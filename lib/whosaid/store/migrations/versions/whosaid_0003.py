"""Full text: the language of each passage, its stems and its words as they are said, each with an index."""

from alembic import op

revision = "whosaid_0003"
down_revision = "whosaid_0002"
branch_labels = None
depends_on = None

_DICTIONARY = """
    CASE split_part(language, '-', 1)
        WHEN 'ar' THEN 'arabic'::regconfig
        WHEN 'da' THEN 'danish'::regconfig
        WHEN 'de' THEN 'german'::regconfig
        WHEN 'el' THEN 'greek'::regconfig
        WHEN 'en' THEN 'english'::regconfig
        WHEN 'es' THEN 'spanish'::regconfig
        WHEN 'fi' THEN 'finnish'::regconfig
        WHEN 'fr' THEN 'french'::regconfig
        WHEN 'hu' THEN 'hungarian'::regconfig
        WHEN 'id' THEN 'indonesian'::regconfig
        WHEN 'it' THEN 'italian'::regconfig
        WHEN 'lt' THEN 'lithuanian'::regconfig
        WHEN 'ne' THEN 'nepali'::regconfig
        WHEN 'nl' THEN 'dutch'::regconfig
        WHEN 'no' THEN 'norwegian'::regconfig
        WHEN 'pt' THEN 'portuguese'::regconfig
        WHEN 'ro' THEN 'romanian'::regconfig
        WHEN 'ru' THEN 'russian'::regconfig
        WHEN 'sv' THEN 'swedish'::regconfig
        WHEN 'ta' THEN 'tamil'::regconfig
        WHEN 'tr' THEN 'turkish'::regconfig
        ELSE 'simple'::regconfig
    END
"""
_SPOKEN = r"""
    regexp_replace(
        translate(lower(text), '''’', ''),
        '[\u0001-\u002F\u003A-\u0040\u005B-\u0060\u007B-\u00BF\u2000-\u206F\u3000-\u303F\uFF00-\uFF0F\uFF1A-\uFF20]+',
        ' ', 'g')
"""


def upgrade() -> None:
    op.execute("""
        ALTER TABLE passages ADD COLUMN language text;
        UPDATE passages SET language = recordings.language FROM recordings
        WHERE recordings.source_id = passages.source_id;
        ALTER TABLE passages ALTER COLUMN language SET NOT NULL;
    """)
    statements = f"""
        ALTER TABLE passages
            ADD COLUMN stems tsvector GENERATED ALWAYS AS (to_tsvector({_DICTIONARY}, text)) STORED NOT NULL,
            ADD COLUMN spoken tsvector GENERATED ALWAYS AS (to_tsvector('simple'::regconfig, {_SPOKEN})) STORED NOT NULL;
        CREATE INDEX ix_passages_stems ON passages USING gin (stems);
        CREATE INDEX ix_passages_spoken ON passages USING gin (spoken);
    """
    op.execute(statements)


def downgrade() -> None:
    raise NotImplementedError("an archive is not taken back to an older schema: restore a backup")
