"""Every way in which whosaid fails.

    WhosaidError
    ├── ConfigurationError      the request itself is wrong: nothing was started
    │   ├── SourceError         an address or folder that lists no videos
    │   ├── WeightsError        model weights missing, gated or not the pinned ones
    │   ├── DeviceError         a model is not where it was asked to be
    │   ├── EnrolmentError      clips that make no voiceprint, or a name that cannot be given
    │   ├── CalibrationError    voices too few, or too much alike, to set a threshold by
    │   ├── ServiceError        a service refuses: no key, no credit, no such model
    │   └── ArchiveError        the database is down, foreign or of another schema
    │       └── NotFound        the archive has no such video, speaker or channel
    ├── VideoError              one video fails, the others go on
    │   ├── FetchError          (transient) the network or the site failed
    │   │   └── BlockedError    the site refuses us, whatever the video: asking on makes it worse
    │   ├── MediaError          the file holds no usable audio
    │   ├── EngineError         a model failed on this recording
    │   ├── BudgetError         a stage computes longer than the length of the recording allows
    │   └── InvariantError      a result that must not be published
    └── OutOfMemory             a single item does not fit on the device

Messages name what, the cause and the remedy, in one line. `transient` says whether trying again can help.
"""

from __future__ import annotations

from typing import ClassVar


class WhosaidError(Exception):
    """Base of all errors that whosaid raises on purpose."""

    transient: ClassVar[bool] = False


class ConfigurationError(WhosaidError):
    """The request, the settings or the machine are wrong; no video was touched."""


class SourceError(ConfigurationError):
    """A source cannot be listed, or lists nothing."""


class WeightsError(ConfigurationError):
    """Model weights are missing, gated, or not the ones that are pinned."""


class DeviceError(ConfigurationError):
    """A device is missing, or a model ended up on another one than asked for."""


class EnrolmentError(ConfigurationError):
    """A speaker cannot be enrolled so: the name, or what is heard in the clips, speaks against it."""


class CalibrationError(ConfigurationError):
    """The voices of an archive are too few, or too much alike, to set a threshold by."""


class ServiceError(ConfigurationError):
    """A service that a model needs refuses the key, the account or the request for good."""


class ArchiveError(ConfigurationError):
    """The database cannot be reached, or is not an archive of this version."""


class NotFound(ArchiveError):
    """The archive has no video, speaker or channel of that name."""


class VideoError(WhosaidError):
    """One video fails; the others go on."""


class FetchError(VideoError):
    """The network or the site failed; another try may succeed."""

    transient = True


class BlockedError(FetchError):
    """The site refuses us and not the video (a bot check, too many requests): to be left alone for a while."""

    transient = False


class MediaError(VideoError):
    """The file is corrupt, cut short, or has no audio stream."""


class EngineError(VideoError):
    """A model failed on this recording."""


class BudgetError(VideoError):
    """A stage computes longer than the length of the recording allows."""


class InvariantError(VideoError):
    """A result contradicts itself and must not be published."""


class OutOfMemory(WhosaidError):
    """One item alone does not fit in the memory of the device."""
