"""The gate of monologues on real sound, by the demo's voice model."""

from __future__ import annotations

from pathlib import Path

import pytest

from whosaid.engines import Engines
from whosaid.media.decoding import decode
from whosaid.types import Monologue, VoiceVectors
from whosaid.vad import find_speech
from whosaid.voices import Ecapa
from whosaid.voices.monologue import MonologueRule, judge, lay_windows
from whosaid.weights import Weights, digest_of

DEMO = Path(__file__).parents[2] / "deployments" / "demo"
RULE = MonologueRule()


def listen(episode: str) -> Monologue:
    waveform = decode(DEMO / "channel" / f"{episode}.opus")
    speech = find_speech(waveform)
    windows = lay_windows(speech, RULE)
    spec = Ecapa(model="ecapa", revision=digest_of(DEMO / "weights" / "ecapa"), device="cpu")
    with Engines(Weights(DEMO / "weights", offline=True), "cpu") as engines, engines.lease(spec) as embedder:
        return judge(speech, VoiceVectors(spec.model_key, windows, embedder.embed(waveform, windows)), RULE)


def test_a_monologue_is_not_diarized() -> None:
    """The host alone, for a minute: one voice from the first word to the last."""
    found = listen("light-in-the-morning")
    assert found.diarization is not None
    assert found.diarization.labels == ("SPEAKER_00",)


@pytest.mark.parametrize("episode", ["breakfast-with-anna-reed", "long-walks-with-grace-lowe"])
def test_an_interview_is_diarized(episode: str) -> None:
    """Also the one that opens with half a minute of its host alone, and the one of two voices that sound alike."""
    assert listen(episode).diarization is None
