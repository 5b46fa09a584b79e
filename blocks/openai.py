"""The block that holds the key of the OpenAI API."""

from __future__ import annotations

from prefect.blocks.core import Block
from pydantic import Field, SecretStr


class OpenAiKey(Block):
    """A key of the OpenAI API, needed where passages are embedded by one of its models."""

    _block_type_name = "whosaid OpenAI key"
    _block_type_slug = "whosaid-openai-key"
    _description = "A key of the OpenAI API, needed where passages are embedded by one of its models."

    key: SecretStr = Field(description="A key of a project that may use the embeddings of the API; it is billed.")
    base_url: str | None = Field(
        None, title="Base URL", description="Another server that speaks the same API. Empty: OpenAI's own."
    )
