"""The block that holds the token of the model hub."""

from __future__ import annotations

from http import HTTPStatus

from prefect.blocks.core import Block
from pydantic import Field, SecretStr

from blocks.asking import ask
from blocks.logos import logo
from whosaid.doctor import Finding, miss, ok


class HubToken(Block):
    """A token of the model hub, needed for gated weights such as pyannote's."""

    _block_type_name = "whosaid hub token"
    _block_type_slug = "whosaid-hub-token"
    _description = "A token of the model hub, needed for gated weights such as those of pyannote."
    _logo_url = logo("hub")

    token: SecretStr = Field(
        title="Token", description="A read token of an account that has accepted the conditions of the models."
    )

    def check(self) -> Finding:
        """Say whether the hub knows the token; ServiceError where it does not answer."""
        from huggingface_hub import constants  # noqa: PLC0415 - a second, for the check alone

        status = ask(f"{constants.ENDPOINT}/api/whoami-v2", self.token)
        if status is HTTPStatus.OK:
            return ok("hub token", "accepted by the model hub; whether it may fetch a gated model, the first run shows")
        return miss("hub token", f"the model hub answers {status}", "make a read token and save the block again")
