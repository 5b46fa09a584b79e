"""Finds the weights of a model, at the pinned revision or not at all."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from whosaid.errors import WeightsError

_LOCAL: Final = "sha256:"


def digest_of(folder: Path) -> str:
    """Return `sha256:…` over the names and contents of all files below a folder of weights."""
    total = hashlib.sha256()
    for file in sorted(path for path in folder.rglob("*") if path.is_file() and "__pycache__" not in path.parts):
        name = file.relative_to(folder).as_posix()
        total.update(f"{name}\0{hashlib.sha256(file.read_bytes()).hexdigest()}\n".encode())
    return _LOCAL + total.hexdigest()


@dataclass(frozen=True, slots=True)
class Weights:
    """Where weights are: folders below `root` named like the model, else the model hub.

    A revision that begins with `sha256:` pins a local folder by its contents; any other is a commit of the hub.
    """

    root: Path
    token: str | None = field(default=None, repr=False)
    offline: bool = False

    def locate(self, model: str, revision: str) -> Path:
        """Return the folder that holds the weights; WeightsError with the remedy where there is none."""
        return self._local(model, revision) if revision.startswith(_LOCAL) else self._from_hub(model, revision)

    def _local(self, model: str, revision: str) -> Path:
        folder = self.root / model
        if not folder.is_dir():
            raise WeightsError(f"no weights of {model} in {self.root}: run `make demo`, or put the folder there")
        if (found := digest_of(folder)) != revision:
            raise WeightsError(f"the weights of {model} are {found}, pinned is {revision}: restore the folder {folder}")
        return folder

    def _from_hub(self, model: str, revision: str) -> Path:
        from httpx import TransportError
        from huggingface_hub import snapshot_download
        from huggingface_hub.errors import GatedRepoError, HfHubHTTPError, LocalEntryNotFoundError

        try:
            return Path(
                snapshot_download(
                    model,
                    revision=revision,
                    token=self.token or False,
                    cache_dir=self.root / ".hub",
                    local_files_only=self.offline,
                )
            )
        except GatedRepoError as e:
            raise WeightsError(
                f"{model} is gated: accept its conditions on the model hub, then give a hub token"
            ) from e
        except (LocalEntryNotFoundError, HfHubHTTPError, TransportError, OSError) as e:
            raise WeightsError(
                f"{model} at {revision} cannot be had from the model hub ({e.__class__.__name__}): "
                f"check the connection, or put its folder into {self.root}"
            ) from e
