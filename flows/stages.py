"""The stages of a video: each a function of values, in the order of its path."""

from __future__ import annotations

import numpy as np

from flows.job import Job
from flows.stage import action, stage
from whosaid import attribution, passages
from whosaid.asr import AsrSpec
from whosaid.diarization import DiarizationSpec
from whosaid.media import CaptionRule, captioning, fetching
from whosaid.passages import PassageRule
from whosaid.text import Role, TextSpec
from whosaid.types import (
    Audio,
    Calibration,
    Captions,
    Diarization,
    Identity,
    Monologue,
    Passage,
    PassageVectors,
    Publication,
    Receipt,
    Transcript,
    Utterance,
    Video,
    Voiceprint,
    VoiceVectors,
)
from whosaid.voices import VoiceSpec
from whosaid.voices.identification import identify
from whosaid.voices.monologue import UNDECIDED, MonologueRule, judge, lay_windows
from whosaid.voices.purity import PurityRule, purify
from whosaid.voices.turns import embed_turns


@stage(version=1, tag="download")
def fetch_audio(video: Video, *, job: Job) -> Audio:
    """Fetch the audio of a video and keep it as 16 kHz mono."""
    return fetching.fetch_audio(job.source, video, job.site.library, job.site.scratch)


@stage(version=1, tag="download")
def read_captions(video: Video, audio: Audio, rule: CaptionRule, *, job: Job) -> Captions:
    """Take the words from captions that people wrote, where there are any and the rule allows it."""
    return captioning.captions_of(job.source, video, audio, rule, job.site.scratch)


@stage(version=1, tag="asr")
def transcribe(audio: Audio, spec: AsrSpec, *, job: Job) -> Transcript:
    """Recognise the words and their times."""
    waveform = job.recording(audio).waveform
    with job.site.engines.lease(spec) as transcriber:
        return transcriber.transcribe(waveform)


def _find_speech(audio: Audio, spec: VoiceSpec, rule: MonologueRule, *, job: Job) -> None:
    job.speech(audio)


@stage(version=1, tag="gpu", prepare=_find_speech)
def find_monologue(audio: Audio, spec: VoiceSpec, rule: MonologueRule, *, job: Job) -> Monologue:
    """Listen whether one voice alone speaks, by windows over the whole recording."""
    windows = lay_windows(speech := job.speech(audio), rule)
    if not windows:
        return UNDECIDED
    with job.site.engines.lease(spec) as embedder:
        vectors = embedder.embed(job.recording(audio).waveform, windows)
    return judge(speech, VoiceVectors(spec.model_key, windows, vectors), rule)


@stage(version=2, tag="asr")
def diarize(audio: Audio, monologue: Monologue, spec: DiarizationSpec, *, job: Job) -> Diarization:
    """Separate the voices, where there is more than one."""
    if monologue.diarization is not None:
        return monologue.diarization
    waveform = job.recording(audio).waveform
    with job.site.engines.lease(spec) as diarizer:
        return diarizer.diarize(waveform)


def _decode(audio: Audio, diarization: Diarization, spec: VoiceSpec, *, job: Job) -> None:
    if diarization.turns:
        _ = job.recording(audio).waveform


@stage(version=2, tag="gpu", prepare=_decode)
def embed_voices(audio: Audio, diarization: Diarization, spec: VoiceSpec, *, job: Job) -> VoiceVectors:
    """Turn every window of every turn into a voice vector, all windows of the video in a few batches."""
    if not diarization.turns:
        return VoiceVectors(spec.model_key, (), np.zeros((0, 0), np.float32))
    with job.site.engines.lease(spec) as embedder:
        return embed_turns(embedder, job.recording(audio).waveform, diarization, spec.model_key)


@stage(version=1)
def purify_labels(diarization: Diarization, voices: VoiceVectors, rule: PurityRule, *, job: Job) -> Diarization:
    """Split the labels that hold two voices."""
    return purify(diarization, voices, rule)


@stage(version=2)
def identify_speakers(
    diarization: Diarization,
    voices: VoiceVectors,
    voiceprints: tuple[Voiceprint, ...],
    calibration: Calibration,
    *,
    job: Job,
) -> tuple[Identity, ...]:
    """Name the labels whose voices are enrolled; the others stay unknown."""
    return identify(diarization, voices, voiceprints, calibration)


@stage(version=2)
def attribute(
    transcript: Transcript, diarization: Diarization, identities: tuple[Identity, ...], *, job: Job
) -> tuple[Utterance, ...]:
    """Give every word to a turn, and so to a speaker."""
    return attribution.attribute(transcript, diarization, identities)


@stage(version=1)
def cut_passages(utterances: tuple[Utterance, ...], rule: PassageRule, *, job: Job) -> tuple[Passage, ...]:
    """Cut what is said into passages to be found."""
    return passages.cut(utterances, rule)


def _prepare_texts(texts: tuple[str, ...], spec: TextSpec, *, job: Job) -> None:
    if texts:
        with job.site.engines.lease(spec) as embedder:
            embedder.prepare(texts, Role.passage)


@stage(version=1, tag="gpu", prepare=_prepare_texts)
def embed_passages(texts: tuple[str, ...], spec: TextSpec, *, job: Job) -> PassageVectors:
    """Turn every passage into a text vector, sorted by length, in batches of tokens.

    Keyed by the texts alone: another name for a voice embeds nothing again.
    """
    if not texts:
        return PassageVectors(spec.model_key, np.zeros((0, spec.dimension), np.float32))
    with job.site.engines.lease(spec) as embedder:
        return PassageVectors(spec.model_key, embedder.embed(texts, Role.passage))


@action(tag="db")
def publish(publication: Publication, *, job: Job) -> Receipt:
    """Replace what the archive holds of the video, in one transaction."""
    return job.site.archive.publish(publication)
