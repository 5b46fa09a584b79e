"""The values that travel between stages: frozen, comparable, written as JSON by `whosaid.canonical`.

Times are seconds from the start of the recording. Nothing here knows how a value was made.
"""

from whosaid.types.basics import (
    SAMPLE_RATE,
    Seconds,
    Span,
    Vectors,
    Waveform,
    places,
)
from whosaid.types.publications import (
    Publication,
    Receipt,
)
from whosaid.types.runs import (
    GpuReading,
    Outcome,
    QueueReading,
    QueueUse,
    RunSummary,
    StageTiming,
    Telemetry,
    Work,
)
from whosaid.types.speech import (
    UNKNOWN,
    Audio,
    Captions,
    Diarization,
    Identity,
    Monologue,
    Passage,
    PassageVectors,
    Speech,
    Transcript,
    TranscriptOrigin,
    Turn,
    Utterance,
    Word,
)
from whosaid.types.videos import (
    Access,
    Accessible,
    Unavailability,
    Unavailable,
    Video,
    VideoState,
)
from whosaid.types.voices import (
    Calibration,
    Voiceprint,
    VoiceVectors,
)

__all__ = [
    "SAMPLE_RATE",
    "UNKNOWN",
    "Access",
    "Accessible",
    "Audio",
    "Calibration",
    "Captions",
    "Diarization",
    "GpuReading",
    "Identity",
    "Monologue",
    "Outcome",
    "Passage",
    "PassageVectors",
    "Publication",
    "QueueReading",
    "QueueUse",
    "Receipt",
    "RunSummary",
    "Seconds",
    "Span",
    "Speech",
    "StageTiming",
    "Telemetry",
    "Transcript",
    "TranscriptOrigin",
    "Turn",
    "Unavailability",
    "Unavailable",
    "Utterance",
    "Vectors",
    "Video",
    "VideoState",
    "VoiceVectors",
    "Voiceprint",
    "Waveform",
    "Word",
    "Work",
    "places",
]
