"""What is live while one video is worked on: never keyed, never stored, never shown."""

from __future__ import annotations

from blocks.site import Site
from flows.limits import Queues
from whosaid.budget import TimeBudget
from whosaid.media import Source
from whosaid.media.recording import Recording
from whosaid.types import Audio, Seconds, Span, StageTiming, Video
from whosaid.vad import find_speech


class Job:
    """One video, the site it is worked on at, and the clocks of its stages.

    A plain class with slots: Prefect looks into dataclasses and dictionaries that are given to a flow and would
    copy what it finds there.
    """

    __slots__ = (
        *("_recording", "_speech", "budget", "duration", "queues", "refresh"),
        *("site", "source", "stage", "timings", "video"),
    )

    def __init__(
        self,
        video: Video,
        source: Source,
        site: Site,
        queues: Queues,
        refresh: frozenset[str] = frozenset(),
        budget: TimeBudget = TimeBudget(),  # noqa: B008 - it is frozen
    ) -> None:
        self.video = video
        self.budget = budget
        self.duration: Seconds = video.duration or 0.0  # as listed, until the recording is there
        self.source = source
        self.site = site
        self.queues = queues
        self.refresh = refresh  # stages whose results are made again
        self.stage = ""  # the one that runs, or that failed
        self.timings: list[StageTiming] = []
        self._recording: Recording | None = None
        self._speech: tuple[Span, ...] | None = None

    @property
    def allowance(self) -> Seconds:
        """How long a stage may compute on this video."""
        return self.budget.of(self.duration)

    def recording(self, audio: Audio) -> Recording:
        """Return the recording of this video, decoded at the first use of its waveform and only then."""
        if self._recording is None:
            self._recording = Recording(audio, self.site.library)
        return self._recording

    def speech(self, audio: Audio) -> tuple[Span, ...]:
        """Return the stretches of speech of this video, looked for at the first call."""
        if self._speech is None:
            self._speech = find_speech(self.recording(audio).waveform)
        return self._speech
