"""The block that holds the token of the model hub."""

from __future__ import annotations

from prefect.blocks.core import Block
from pydantic import Field, SecretStr


class HubToken(Block):
    """A token of the model hub, needed for gated weights such as pyannote's."""

    _block_type_name = "whosaid hub token"
    _block_type_slug = "whosaid-hub-token"
    _description = "A token of the model hub, needed for gated weights such as those of pyannote."

    token: SecretStr = Field(description="A read token of an account that has accepted the conditions of the models.")
