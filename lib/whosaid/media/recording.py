"""A recording that is decoded at its first use and then shared."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field

from whosaid.media.library import AudioLibrary
from whosaid.types import Audio, Waveform


@dataclass(slots=True, eq=False)
class Recording:
    """The waveform of a video while its stages run: read once, by whichever stage or thread asks first.

    Stages that are found in the cache never ask, so a finished video reads no audio.
    """

    audio: Audio
    library: AudioLibrary
    _waveform: Waveform | None = field(default=None, init=False, repr=False)
    _lock: threading.Lock = field(default_factory=threading.Lock, init=False, repr=False)

    @property
    def waveform(self) -> Waveform:
        """The waveform, shared by all who ask: not to be written to. MediaError where the library lacks it."""
        with self._lock:
            if self._waveform is None:
                self._waveform = self.library.read(self.audio)
            return self._waveform

    def release(self) -> None:
        """Give back the memory; the next use reads it again."""
        with self._lock:
            self._waveform = None
