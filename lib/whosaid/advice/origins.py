"""Where the words come from."""

from __future__ import annotations

from typing import Final

from whosaid.advice.evidence import Evidence
from whosaid.advice.values import Advice, advice, say
from whosaid.types import TranscriptOrigin

LEAST_SHARE: Final = 0.05


def captions_for_speech(evidence: Evidence) -> Advice | None:
    """Find a run whose words come from captions, which know no voices, in place of the recogniser."""
    told = evidence.origins
    captions = sum(each is not TranscriptOrigin.asr for each in told)
    if captions < LEAST_SHARE * len(told) or not captions:
        return None
    return advice(
        "captions",
        f"{captions} of {len(told)} transcripts ({say(captions / len(told))}) are captions of the site, not speech",
        "run those videos again with captions=never",
        f"Rule: said from {say(LEAST_SHARE)} on; what captions save in time they cost in word times and speakers",
    )
