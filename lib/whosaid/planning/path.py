"""The path of a video as data: which stage stands in which line, and what it takes there."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

CHECKED_AHEAD: Final = 20
"""Videos being checked, or checked and waiting for a place."""


@dataclass(frozen=True, slots=True)
class Step:
    """A stage: the tag whose slot it holds, the engine that it leases there, how often it asks the site."""

    stage: str
    tag: str = ""
    engine: str = ""  # by the profile's name for it
    asks: int = 0
    prepares: bool = False  # does some of its work before it stands in line


CHECK: Final = Step("check_access", "download", asks=1)  # a download uses the answer
PATH: Final = (
    Step("fetch_audio", "download"),
    Step("transcribe", "asr", "asr"),
    Step("find_monologue", "gpu", "voices", prepares=True),
    Step("diarize", "asr", "diarization"),
    Step("embed_voices", "gpu", "voices", prepares=True),
    Step("purify_labels"),
    Step("identify_speakers"),
    Step("attribute"),
    Step("cut_passages"),
    Step("embed_passages", "gpu", "text", prepares=True),
    Step("publish", "db"),
)
"""What follows a check, in order; captions, which only some runs read, are left out."""

LOOKS: Final = CHECK.asks + sum(step.asks for step in PATH)
"""How often a site is asked for each video."""
