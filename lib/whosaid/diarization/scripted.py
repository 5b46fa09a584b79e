"""A diarizer that needs no weights: the turns of its spec, as far as the recording goes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

from whosaid.diarization import ScriptedDiarization
from whosaid.diarization.turns import Stretch, make_diarization
from whosaid.engines import Host
from whosaid.types import SAMPLE_RATE, Diarization, Waveform


@dataclass(slots=True)
class ScriptedDiarizer:
    """Hears its turns in any recording that is long enough, except where it is silent all through."""

    turns: tuple[tuple[float, float, str], ...]
    device: str = "cpu"

    @classmethod
    def load(cls, spec: ScriptedDiarization, host: Host) -> Self:
        """Return the diarizer of a spec."""
        return cls(spec.turns)

    def diarize(self, waveform: Waveform) -> Diarization:
        """Return the turns cut at the end of the recording, none where every sample is zero."""
        if not waveform.any():
            return Diarization(())
        end = len(waveform) / SAMPLE_RATE
        return make_diarization(Stretch(start, min(end, stop), label) for start, stop, label in self.turns)

    def close(self) -> None:
        """Nothing is held."""
