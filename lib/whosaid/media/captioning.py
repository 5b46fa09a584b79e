"""From the captions of a video, where it has any that may be used, to its transcript."""

from __future__ import annotations

import logging
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from whosaid.errors import MediaError
from whosaid.media import CaptionFile, CaptionRule, Source
from whosaid.media.captions import read_cues, words_of
from whosaid.media.languages import base_language
from whosaid.types import Audio, Captions, Seconds, Transcript, TranscriptOrigin, Video

_BEYOND: Final[Seconds] = 10
"""By how much captions may outlast their recording: a credit line at the end often does."""

_log = logging.getLogger("whosaid.media")


def captions_of(source: Source, video: Video, audio: Audio, rule: CaptionRule, scratch: Path) -> Captions:
    """Return the transcript that captions give of a video, or none where there are none that may be used.

    FetchError where captions are offered and not to be had, MediaError where they are none or of another recording:
    neither is a reason to recognise the speech after all, which would go unnoticed.
    """
    if rule.use == "never":
        return Captions(None)
    with TemporaryDirectory(prefix="captions-", dir=scratch) as folder:
        found = source.captions(video, rule.language, Path(folder))
        if found is None:
            _log.info("%s has no captions to use", video.id)
            return Captions(None)
        try:
            return Captions(_transcript(found, audio))
        except MediaError as e:
            raise MediaError(f"{video.id}: {e}") from e


def _transcript(found: CaptionFile, audio: Audio) -> Transcript:
    words = words_of(read_cues(found.file))
    if words and words[-1].start > audio.duration + _BEYOND:
        raise MediaError(
            f"the captions run to {words[-1].start:.0f} s and the recording to {audio.duration:.0f} s: "
            "they belong to another cut, so do without them"
        )
    return Transcript(words, base_language(found.language), TranscriptOrigin.captions)
