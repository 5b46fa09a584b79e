"""The block that holds the key of the OpenAI API."""

from __future__ import annotations

from http import HTTPStatus
from typing import Final

from prefect.blocks.core import Block
from pydantic import Field, SecretStr

from blocks.asking import ask
from blocks.logos import logo
from whosaid.doctor import Finding, miss, ok, warn

ADDRESS: Final = "https://api.openai.com/v1"


class OpenAiKey(Block):
    """A key of the OpenAI API, needed where passages are embedded by one of its models."""

    _block_type_name = "whosaid OpenAI key"
    _block_type_slug = "whosaid-openai-key"
    _description = "A key of the OpenAI API, needed where passages are embedded by one of its models."
    _logo_url = logo("openai")

    key: SecretStr = Field(
        title="Key", description="A key of a project that may use the embeddings of the API; it is billed."
    )
    base_url: str | None = Field(
        None, title="Base URL", description="Another server that speaks the same API. Empty: OpenAI's own."
    )

    def check(self) -> Finding:
        """Say whether the service takes the key, by a request that costs nothing; ServiceError without an answer."""
        status = ask(f"{(self.base_url or ADDRESS).rstrip('/')}/models", self.key)
        if status in {HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN}:
            return miss("OpenAI key", f"the service refuses it ({status})", "save the block with a key that is valid")
        if status is HTTPStatus.OK:
            return ok("OpenAI key", "accepted; whether there is credit, the first request shows")
        return warn("OpenAI key", f"the service answers {status} to a list of its models", "correct the base URL")
