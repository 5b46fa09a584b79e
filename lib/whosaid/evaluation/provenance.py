"""Whether a voice was enrolled from a recording: such a recording proves nothing about recognising it. Pure."""

from __future__ import annotations

from pathlib import PurePosixPath
from urllib.parse import parse_qsl, urlsplit

from whosaid.types import Video


def is_heard_in(clip: str, video: Video) -> bool:
    """Say whether a clip of a voiceprint is of a video, by id, address, or name of the file; rather too often.

    A clip is VIDEO#LABEL, or the name of a file or an address, with or without the times of a media fragment.
    """
    source = clip.rsplit("#", 1)[0]
    own = {video.id, video.external_id, video.url.rsplit("#", 1)[0], _stem(video.external_id)}
    return not own.isdisjoint(
        {clip, source, _stem(clip), _stem(source), *(value for _, value in parse_qsl(urlsplit(source).query))}
    )


def _stem(name: str) -> str:
    """Return the last part of a path or address without its suffix."""
    return PurePosixPath(urlsplit(name).path or name).stem
