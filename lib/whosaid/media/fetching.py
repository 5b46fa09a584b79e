"""From a video of a source to its audio in the library: fetched and decoded once."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory

from whosaid.errors import MediaError
from whosaid.media import Source
from whosaid.media.decoding import decode_samples
from whosaid.media.library import AudioLibrary, require_space
from whosaid.types import Audio, Video


def fetch_audio(source: Source, video: Video, library: AudioLibrary, scratch: Path) -> Audio:
    """Fetch a video, decode it and keep its audio; FetchError, MediaError, ConfigurationError where the disk is full.

    What is fetched lies in a folder of its own below `scratch` and is gone at the end, whatever happens.
    """
    require_space(scratch, 0)
    with TemporaryDirectory(prefix="fetch-", dir=scratch) as folder:
        file = source.fetch(video, Path(folder))
        try:
            samples = decode_samples(file, video.duration)
        except MediaError as e:
            raise MediaError(f"{video.id}: {e}") from e
        return library.add(samples)
