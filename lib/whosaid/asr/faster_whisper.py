"""Whisper by faster-whisper: clips of speech decoded in batches, words timed by cross-attention."""

from __future__ import annotations

import math
import os
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Self

from faster_whisper import BatchedInferencePipeline, WhisperModel
from faster_whisper.transcribe import Segment

from whosaid import budget, flops, metrics
from whosaid.asr import UNDETERMINED, FasterWhisper
from whosaid.asr.clips import Clip, find_clips, fit_words
from whosaid.asr.shape import read_shape
from whosaid.asr.sound import expect_waveform
from whosaid.engines import Device, Host
from whosaid.errors import DeviceError, EngineError, OutOfMemory, WeightsError
from whosaid.types import Span, Transcript, Waveform, Word

OPENING: Final = 4  # tokens before the text: start, language, task, no times
REPEATED_TOKENS: Final = 4  # a loop is decoded again without repeating so many tokens in a row


@dataclass(frozen=True, slots=True)
class _Decoded:
    """What the model heard in one clip."""

    clip: Clip
    segment: Segment


@dataclass(slots=True)
class FasterWhisperTranscriber:
    """Transcribes with a Whisper converted for ctranslate2; up to `spec.workers` threads at once."""

    spec: FasterWhisper
    model: Any  # WhisperModel, half annotated; None once closed
    device: str
    shape: flops.WhisperShape | None  # None where the weights do not tell it

    @classmethod
    def load(cls, spec: FasterWhisper, host: Host) -> Self:
        """Load the model of a spec; DeviceError where it is not on the device that was asked for."""
        folder, device = str(host.weights.locate(spec.model, spec.revision)), host.device(spec.device)
        model = _open(spec, folder, device)
        if model.model.device != device:
            raise DeviceError(
                f"{spec.model} was asked to be on {device} and is on {model.model.device}: check the driver"
            )
        return cls(spec, model, device, read_shape(Path(folder)))

    def transcribe(self, waveform: Waveform) -> Transcript:
        """Return the words of a recording in time order, each within it; none where nobody speaks."""
        expect_waveform(waveform)
        clips = find_clips(waveform, self.spec.window)
        if not clips:
            return Transcript((), self.spec.language or UNDETERMINED)
        decoded, language = self._decode(waveform, clips)
        heard = (self._break_loop(waveform, each) for each in decoded if not self._is_silent(each.segment))
        return Transcript(tuple(word for each in heard for word in _list_words(each)), language)

    def close(self) -> None:
        """Give back the memory."""
        self.model = None

    def _decode(self, waveform: Waveform, clips: Sequence[Clip], repeats: int = 0) -> tuple[list[_Decoded], str]:
        """Decode clips and name the language; where memory runs out, with half the batch."""
        size = self.spec.batch_size
        while True:
            try:
                return self._decode_in_batches(waveform, clips, repeats, size)
            except RuntimeError as e:
                if "out of memory" not in str(e):
                    raise EngineError(f"{self.spec.model} failed on this recording ({e}): check the device") from e
                if size == 1:
                    raise OutOfMemory(f"a clip alone does not fit on {self.device}: free memory on the device") from e
            size //= 2

    def _decode_in_batches(
        self, waveform: Waveform, clips: Sequence[Clip], repeats: int, size: int
    ) -> tuple[list[_Decoded], str]:
        pipeline: Any = BatchedInferencePipeline(self.model)  # keeps times of its own: one for each recording
        segments, info = pipeline.transcribe(
            waveform,
            language=self.spec.language,
            beam_size=self.spec.beam_size,
            clip_timestamps=[{"start": clip.start, "end": clip.end} for clip in clips],
            condition_on_previous_text=False,
            no_repeat_ngram_size=repeats,
            word_timestamps=True,
            batch_size=size,
        )
        # Without timestamp tokens, which this pipeline leaves out by default, every clip gives one segment.
        decoded = list(_decoded(clips, segments))
        self._note_work([each.segment for each in decoded], size)
        return decoded, info.language

    def _note_work(self, segments: Sequence[Segment], size: int) -> None:
        """Count the words, and the work: every clip is encoded as a whole window, and decoded again to time its words.

        The decoder reads the tokens that open a transcript before those of the text.
        """
        flop = sum(_count_flop(self.shape, len(each.tokens) + OPENING, self.spec.beam_size) for each in segments)
        words = sum(len(each.words or ()) for each in segments)
        metrics.note_work(items=words, batches=math.ceil(len(segments) / size), flop=flop)

    def _is_silent(self, segment: Segment) -> bool:
        """Judge as Whisper does: the model both expects no speech and doubts its own words."""
        return (
            segment.no_speech_prob > self.spec.no_speech_threshold
            and segment.avg_logprob < self.spec.log_prob_threshold
        )

    def _break_loop(self, waveform: Waveform, decoded: _Decoded) -> _Decoded:
        """Decode a clip again, unable to repeat itself, where its text compresses as only a loop does."""
        if decoded.segment.compression_ratio <= self.spec.compression_ratio_threshold:
            return decoded
        return self._decode(waveform, [decoded.clip], REPEATED_TOKENS)[0][0]


def _open(spec: FasterWhisper, folder: str, device: Device) -> WhisperModel:
    threads = max(1, (os.cpu_count() or 1) // spec.workers)
    try:
        return WhisperModel(
            folder, device, compute_type=spec.compute_type, cpu_threads=threads, num_workers=spec.workers,
            local_files_only=True,
        )  # fmt: skip
    except (RuntimeError, ValueError, OSError) as e:
        if "CUDA" in str(e) or "libcu" in str(e):
            raise DeviceError(f"{spec.model} does not start on {device} ({e}): install the extra `cuda`") from e
        raise WeightsError(f"the weights of {spec.model} in {folder} do not load ({e}): restore the folder") from e


def _count_flop(shape: flops.WhisperShape | None, tokens: int, beams: int) -> float:
    if shape is None:
        return 0.0
    decoded, timed = flops.whisper_decoder(shape, tokens, beams), flops.whisper_decoder(shape, tokens)
    return flops.whisper_encoder(shape) + decoded + timed


def _decoded(clips: Sequence[Clip], segments: Iterable[Segment]) -> Iterator[_Decoded]:
    """Take the segments as they are decoded, a batch at a time; BudgetError where that takes too long."""
    for clip, segment in zip(clips, segments, strict=True):
        budget.check()
        yield _Decoded(clip, segment)


def _list_words(decoded: _Decoded) -> Iterator[Word]:
    words = [word for word in decoded.segment.words or [] if word.word.strip()]
    spans = fit_words([Span(max(0.0, word.start), max(0.0, word.start, word.end)) for word in words], decoded.clip)
    for word, span in zip(words, spans, strict=True):
        yield Word(span.start, span.end, word.word.strip(), min(1.0, float(word.probability)))
