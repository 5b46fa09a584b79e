"""What one run of `ingest` holds fixed for all of its videos."""

from __future__ import annotations

from blocks.site import Site
from flows import stages
from flows.stage import Stage
from whosaid import canonical
from whosaid.media import Source
from whosaid.profiles import Profile
from whosaid.types import Voiceprint

VERSIONS = tuple(
    f"{each.name}/v{each.version}" for each in vars(stages).values() if isinstance(each, Stage) and each.version
)


class Run:
    """The profile, the enrolled voices and the live parts of a run; slotted so that Prefect does not look inside."""

    __slots__ = ("fingerprint", "profile", "site", "source", "voiceprints")

    def __init__(self, source: Source, profile: Profile, voiceprints: tuple[Voiceprint, ...], site: Site) -> None:
        self.source = source
        self.profile = profile
        self.voiceprints = voiceprints
        self.site = site
        self.fingerprint = canonical.digest(
            profile.fingerprint, canonical.fingerprint(voiceprints, tuple[Voiceprint, ...]), *VERSIONS
        )
