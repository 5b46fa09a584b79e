"""All that an archive does: one method each, and one module beside."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from whosaid.rates import StageRate
from whosaid.store import (
    catalogue,
    embeddings,
    index,
    past_runs,
    pauses,
    publish,
    rates,
    reading,
    reembedding,
    runs,
    schema,
    search,
    speakers,
    voiceprints,
    voices,
)
from whosaid.store.database import Database
from whosaid.store.queries import Query, Quote
from whosaid.store.speakers import Enrolment, HeardVoice, Linker
from whosaid.store.values import (
    EmbeddedModel,
    Hit,
    PassageText,
    Pause,
    RunRecord,
    Standing,
    Status,
    StoredTranscript,
)
from whosaid.store.voices import HeardRecording
from whosaid.types import (
    Calibration,
    Identity,
    Outcome,
    PassageVectors,
    Publication,
    Receipt,
    RunSummary,
    StageTiming,
    Telemetry,
    Unavailable,
    Video,
    Voiceprint,
)


@dataclass(frozen=True, slots=True)
class Archive:
    """An archive that is open. All methods may be called from many threads; ArchiveError where Postgres fails."""

    database: Database

    def migrate(self) -> None:
        """Bring an empty or older archive to this version; refuse a database that is none."""
        schema.migrate(self.database)

    def discover(self, videos: Sequence[Video]) -> int:
        """Add the videos that are new to the catalogue; return how many those are."""
        return catalogue.discover(self.database, videos)

    def due(self, videos: Sequence[Video], fingerprint: str, naming: str) -> tuple[Video, ...]:
        """Return the videos that a run with these fingerprints has work for, in order."""
        return catalogue.due(self.database, videos, fingerprint, naming)

    def new_among(self, videos: Sequence[Video]) -> tuple[Video, ...]:
        """Return the videos of which nothing was ever published, in order."""
        return catalogue.new_among(self.database, videos)

    def standings(self, videos: Sequence[Video]) -> tuple[Standing, ...]:
        """Return where the videos stand that the catalogue knows, in order."""
        return catalogue.standings(self.database, videos)

    def record_unavailable(self, video: Video, unavailable: Unavailable) -> None:
        """Note that a video cannot be had, and why."""
        catalogue.record_unavailable(self.database, video, unavailable)

    def record_failure(self, video: Video, stage: str, error: BaseException) -> None:
        """Note in which stage a video failed, and why."""
        catalogue.record_failure(self.database, video, stage, error)

    def pause_source(self, address: str, reason: str) -> Pause:
        """Leave a source alone for an hour, or for twice as long as the last time; return until when."""
        return pauses.pause_source(self.database, address, reason)

    def paused(self, address: str) -> Pause | None:
        """Return the pause that a source is in, None where it may be asked."""
        return pauses.paused(self.database, address)

    def resume_source(self, address: str) -> bool:
        """End the pause of a source and forget earlier ones; False where there were none."""
        return pauses.resume_source(self.database, address)

    def publish(self, publication: Publication) -> Receipt:
        """Replace all that is published of a video; InvariantError where it must not be."""
        return publish.publish(self.database, publication)

    def start_run(self, run_id: str, source: str, profile: str, started_at: datetime) -> None:
        """Note that a run has begun."""
        runs.start_run(self.database, run_id, source, profile, started_at)

    def add_outcome(self, run_id: str, outcome: Outcome, timings: Sequence[StageTiming]) -> None:
        """Note how one video of a run that goes on has ended, with its stage clocks."""
        runs.add_outcome(self.database, run_id, outcome, timings)

    def finish_run(self, summary: RunSummary) -> None:
        """Note how a run ended, with its stage clocks and its telemetry, in place of what was noted before."""
        runs.finish_run(self.database, summary)

    def last_runs(self, limit: int) -> tuple[RunRecord, ...]:
        """Return the last runs, newest first."""
        return runs.last_runs(self.database, limit)

    def timings(self, run_id: str) -> tuple[StageTiming, ...]:
        """Return the stage clocks of a run in order of their start."""
        return runs.timings(self.database, run_id)

    def telemetry(self, run_id: str) -> Telemetry:
        """Return what GPUs and queues did during a run."""
        return runs.telemetry(self.database, run_id)

    def find_run(self, reference: str) -> RunRecord:
        """Return the run whose id begins with a reference; NotFound where it is not one."""
        return past_runs.find_run(self.database, reference)

    def published_in(self, run_id: str) -> tuple[Outcome, ...]:
        """Return the videos that a run worked on and that are published, with what the archive holds of them now."""
        return past_runs.published(self.database, run_id)

    def stage_rates(
        self, profile: str, machine: str, fingerprint: str | None = None, before: datetime | None = None, runs: int = 5
    ) -> tuple[StageRate, ...]:
        """Return what stages took in the last runs of a profile on a machine, newest run first.

        With a fingerprint only in runs of the same models and rules, with `before` only in runs that began earlier.
        """
        return rates.stage_rates(self.database, profile, machine, fingerprint, before, runs)

    def models(self) -> tuple[EmbeddedModel, ...]:
        """Return the text models that passages are embedded with."""
        return embeddings.models(self.database)

    def serving_model(self) -> str | None:
        """Return the key of the model that search uses, None before anything is embedded."""
        return embeddings.serving_model(self.database)

    def unembedded(self, model_key: str, after: int, limit: int) -> tuple[PassageText, ...]:
        """Return the next passages that a text model has not embedded, in order of their ids."""
        return reembedding.unembedded(self.database, model_key, after, limit)

    def count_unembedded(self, model_key: str) -> int:
        """Return how many passages a text model has not embedded."""
        return reembedding.count_unembedded(self.database, model_key)

    def add_embeddings(self, page: Sequence[PassageText], embedded: PassageVectors) -> int:
        """Add vectors of one model to a page of passages; return how many were kept."""
        return reembedding.add_embeddings(self.database, page, embedded)

    def serve_model(self, model_key: str) -> bool:
        """Let search use a model from now on; False, and nothing changed, where it lacks passages."""
        return reembedding.serve_model(self.database, model_key)

    def drop_model(self, model_key: str) -> int:
        """Delete the vectors of a model that search does not use; return how many there were."""
        return reembedding.drop_model(self.database, model_key)

    def index_model(self, model_key: str) -> None:
        """Build the vector index of a model, where it has passages enough to pay."""
        index.index_model(self.database, model_key)

    def search(self, query: Query) -> tuple[Hit, ...]:
        """Return what answers a query, best first."""
        return search.search(self.database, query)

    def quote(self, asked: Quote) -> tuple[Hit, ...]:
        """Return where words are said one after the other, newest video first."""
        return search.quote(self.database, asked)

    def status(self) -> Status:
        """Return what the archive holds."""
        return reading.status(self.database)

    def transcript(self, reference: str) -> StoredTranscript:
        """Return the transcript of a video named by its id or address."""
        return reading.transcript(self.database, reference)

    def keep_voiceprint(self, voiceprint: Voiceprint) -> int:
        """Add a voiceprint as the newest of its speaker; return its version."""
        return voiceprints.keep_voiceprint(self.database, voiceprint)

    def voiceprints(self, model_key: str) -> tuple[Voiceprint, ...]:
        """Return the newest voiceprint of every speaker by one voice model, in order of name."""
        return voiceprints.voiceprints(self.database, model_key)

    def keep_calibration(self, calibration: Calibration) -> int:
        """Add a calibration as the newest of its voice model; return its version."""
        return voiceprints.keep_calibration(self.database, calibration)

    def calibration(self, model_key: str) -> Calibration:
        """Return the newest calibration of a voice model, the default one where there is none."""
        return voiceprints.calibration(self.database, model_key)

    def heard(self, model_key: str) -> Iterator[HeardRecording]:
        """Yield every published recording with the voices in it that one voice model has heard."""
        return voices.heard(self.database, model_key)

    def heard_in(self, reference: str, model_key: str) -> HeardRecording | None:
        """Return one recording, of a video named by its id or address; None where another voice model heard it."""
        return voices.heard_in(self.database, reference, model_key)

    def voice_model(self, reference: str) -> str | None:
        """Return the voice model that heard a video named by its id or address; None where it heard nobody."""
        return voices.voice_model(self.database, reference)

    def heard_as(self, number: int, model_key: str) -> tuple[HeardRecording, ...]:
        """Return the recordings in which the unknown voice of that number speaks."""
        return voices.heard_as(self.database, number, model_key)

    def rename(self, recording: HeardRecording, identities: Sequence[Identity], naming: str) -> bool:
        """Give the labels of a recording their speakers; False where it has been published again meanwhile."""
        return voices.rename(self.database, recording, identities, naming)

    def number_voices(self, model_key: str, link: Linker) -> int:
        """Number the unknown voices of a voice model as `link` says; return how many voices there are."""
        return speakers.number_voices(self.database, model_key, link)

    def heard_voices(self) -> tuple[HeardVoice, ...]:
        """Return the speakers and unknown voices of the archive, most speech first."""
        return speakers.heard_voices(self.database)

    def enrolments(self) -> tuple[Enrolment, ...]:
        """Return the newest voiceprint of every speaker by every voice model, in order of name."""
        return speakers.enrolments(self.database)

    def forget(self, speaker: str) -> int:
        """Remove the voiceprints of a speaker; return how many there were."""
        return speakers.forget(self.database, speaker)

    def voice_models(self) -> dict[str, int]:
        """Return in how many recordings each voice model has heard voices, the most first."""
        return speakers.voice_models(self.database)
