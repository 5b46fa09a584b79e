"""What one run of `ingest` holds fixed for all of its videos."""

from __future__ import annotations

from blocks.site import Site
from flows import stages
from flows.stage import Stage
from whosaid import canonical
from whosaid.media import Source
from whosaid.naming import Naming
from whosaid.profiles import Profile

STAGES = {each.name: each for each in vars(stages).values() if isinstance(each, Stage) and each.version}
VERSIONS = tuple(f"{each.name}/v{each.version}" for each in STAGES.values())


class Run:
    """The profile, what voices are named by, and the live parts of a run; slotted so that Prefect looks not inside."""

    __slots__ = ("fingerprint", "naming", "profile", "site", "source")

    def __init__(self, source: Source, profile: Profile, naming: Naming, site: Site) -> None:
        self.source = source
        self.profile = profile
        self.naming = naming
        self.site = site
        self.fingerprint = canonical.digest(profile.fingerprint, *VERSIONS)
