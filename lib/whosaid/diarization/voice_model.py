"""ECAPA-TDNN as a voice model that pyannote.audio pipelines can name in their checkpoints."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import torch
from pyannote.audio import Model
from speechbrain.lobes.features import Fbank
from speechbrain.lobes.models.ECAPA_TDNN import ECAPA_TDNN
from speechbrain.processing.features import InputNormalization
from torch.nn.functional import interpolate

MELS: Final = 80
DIMENSION: Final = 192
SHORTEST: Final = 16  # frames of 10 ms; with less the reflected borders of the convolutions outweigh the sound


class EcapaVoiceModel(Model):
    """Embeds the stretches of a chunk that a mask leaves, joined, as pyannote's own voice models do."""

    def __init__(
        self,
        channels: Sequence[int] = (512, 512, 512, 512, 1536),
        attention_channels: int = 128,
        se_channels: int = 128,
        sample_rate: int = 16_000,
        num_channels: int = 1,
        task: Any = None,
    ) -> None:
        super().__init__(sample_rate=sample_rate, num_channels=num_channels, task=task)
        self.save_hyperparameters("channels", "attention_channels", "se_channels")
        self.compute_features: Any = Fbank(n_mels=MELS)
        self.mean_var_norm: Any = InputNormalization(norm_type="sentence", std_norm=False)
        self.embedding_model: Any = ECAPA_TDNN(
            MELS,
            lin_neurons=DIMENSION,
            channels=list(channels),
            attention_channels=attention_channels,
            se_channels=se_channels,
        )

    @property
    def dimension(self) -> int:
        """The length of a vector."""
        return DIMENSION

    def forward(self, waveforms: torch.Tensor, weights: torch.Tensor | None = None, **_: Any) -> torch.Tensor:
        """Return (batch, dimension); NaN, which pyannote skips, where the mask leaves less than 0.16 s.

        `waveforms` (batch, 1, samples), `weights` (batch, frames) above 0.5 where the voice is heard.
        """
        features = self.compute_features(waveforms.squeeze(1))  # (batch, feature frames, MELS)
        if weights is None:
            weights = torch.ones_like(features[:, :, 0])
        heard = interpolate(weights[:, None], size=features.shape[1], mode="nearest")[:, 0] > 0.5
        # One by one: in a padded batch the convolutions would read the padding.
        return torch.stack([self._embed(frames[mask]) for frames, mask in zip(features, heard, strict=True)])

    def _embed(self, frames: torch.Tensor) -> torch.Tensor:
        if len(frames) < SHORTEST:
            return frames.new_full((DIMENSION,), torch.nan)
        whole = frames.new_ones(1)
        return self.embedding_model(self.mean_var_norm(frames[None], whole), whole)[0, 0]
