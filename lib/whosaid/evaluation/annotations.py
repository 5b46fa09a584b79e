"""Turns as the annotations of pyannote.core."""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from typing import Any

from whosaid.types import Span


def annotate(spans: Iterable[tuple[Span, Hashable]]) -> Any:
    """Return an annotation with a track for each span."""
    from pyannote.core import Annotation, Segment

    annotation = Annotation()
    for track, (span, label) in enumerate(spans):
        annotation[Segment(span.start, span.end), track] = label
    return annotation
