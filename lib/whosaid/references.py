"""Reads what was really said: references in SegLST (meeteval's JSON), STM and RTTM (NIST), by meeteval's readers.

SegLST and STM tell words and turns, RTTM tells turns alone. Where a session has both, the RTTM tells the turns.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from math import isfinite
from pathlib import Path
from typing import Any, Final, SupportsFloat, TypeAlias, cast

from pydantic import BaseModel, ConfigDict

from whosaid.errors import ConfigurationError
from whosaid.evaluation.references import Reference, Segment
from whosaid.types import Seconds, Turn

_RTTM_UNUSED: Final = frozenset(
    {"SEGMENT", "LEXEME", "NON-LEX", "NON-SPEECH", "FILLER", "EDIT", "SU", "IP", "CB", "A/P", "SPKR-INFO"}
)
_STM_LABEL: Final = re.compile(r"^<[^>]*>\s*")  # such as <o,f0,male>
_STM_UNSCORED: Final = "ignore_time_segment_in_scoring"


class _Line(BaseModel):
    model_config = ConfigDict(frozen=True, allow_inf_nan=False)  # SegLST allows further keys

    session_id: str
    speaker: str
    start_time: Seconds
    end_time: Seconds
    words: str


@dataclass(frozen=True, slots=True)
class _Part:
    """What one file says of one session."""

    session: str
    file: Path
    segments: tuple[Segment, ...]  # without words in RTTM, in time order


_Read: TypeAlias = Callable[[str], Iterable[tuple[str, Segment]]]


def find_references(home: Path, name: str) -> Path:
    """Return the folder of references: a name under the data directory's references, else a path."""
    for folder in (home / "references" / name, Path(name)):
        if folder.is_dir():
            return folder
    raise ConfigurationError(f"no references {name!r}: name a folder, or put one into {home / 'references'}")


def read_references(folder: Path) -> dict[str, Reference]:
    """Return the reference of each session, by name.

    JSON files that are no list of segments are not references. ConfigurationError where a reference is malformed,
    where the words of a session are told in two formats, or where the folder holds none.
    """
    seglst, stm, rttm = (_read_all(folder, suffix, read) for suffix, read in _READERS)
    said, turns = _unite(seglst, stm), _gather(rttm)
    if not said and not turns:
        raise ConfigurationError(
            f"no references in {folder}: put SegLST (*.json), STM (*.stm) or RTTM (*.rttm) files there, "
            "or name another folder"
        )
    return {session: _reference(turns.get(session), said.get(session)) for session in sorted({*said, *turns})}


def _read_all(folder: Path, suffix: str, read: _Read) -> list[_Part]:
    return [part for file in sorted(folder.glob(f"*.{suffix}")) for part in _read(file, read)]


def _read(file: Path, read: _Read) -> list[_Part]:
    try:
        segments = sorted(read(file.read_text(encoding="utf-8")), key=lambda each: (each[0], each[1].start))
    except (OSError, ValueError) as e:
        cause = " ".join(str(e).split())
        raise ConfigurationError(f"the reference {file} cannot be read ({cause}): correct the file") from e
    by_session = groupby(segments, key=lambda each: each[0])
    return [_Part(session, file, tuple(segment for _, segment in group)) for session, group in by_session]


def _unite(seglst: Sequence[_Part], stm: Sequence[_Part]) -> Mapping[str, tuple[Segment, ...]]:
    """Return the words of each session; a session told in two formats would count every word twice."""
    files = {part.session: part.file for part in seglst}
    for part in stm:
        if part.session in files:
            raise ConfigurationError(
                f"the words of {part.session} are told twice, in {files[part.session]} and {part.file}: remove one file"
            )
    return {**_gather(seglst), **_gather(stm)}


def _gather(parts: Iterable[_Part]) -> dict[str, tuple[Segment, ...]]:
    """Return the segments of each session in time order, whichever files they are in."""
    gathered = dict[str, list[Segment]]()
    for part in parts:
        gathered.setdefault(part.session, []).extend(part.segments)
    return {session: tuple(sorted(each, key=lambda segment: segment.start)) for session, each in gathered.items()}


def _reference(turns: tuple[Segment, ...] | None, said: tuple[Segment, ...] | None) -> Reference:
    speaking = turns if turns is not None else said or ()
    return Reference(tuple(Turn(each.start, each.end, each.speaker) for each in speaking), said)


def _from_seglst(text: str) -> Iterable[tuple[str, Segment]]:
    for item in _items(json.loads(text)):
        line = _Line.model_validate(item)
        yield line.session_id, Segment(line.start_time, line.end_time, line.speaker, line.words)


def _items(content: Any) -> list[Any]:
    """Return the segments of a SegLST file, none of another JSON file that lies beside it."""
    items = cast("list[Any]", content) if isinstance(content, list) else []
    return items if all(isinstance(item, dict) and "session_id" in item for item in items) else []


def _from_stm(text: str) -> Iterable[tuple[str, Segment]]:
    from meeteval.io import STMLine

    for number, line in _lines(text):
        if _STM_UNSCORED in line.casefold():
            raise ValueError(f"line {number} leaves a stretch unscored, which is not supported")
        told = _parse(STMLine, number, line)
        words = _STM_LABEL.sub("", told.transcript)
        yield told.filename, _segment(number, told.begin_time, told.end_time, told.speaker_id, words)


def _from_rttm(text: str) -> Iterable[tuple[str, Segment]]:
    from meeteval.io import RTTMLine

    for number, line in _lines(text):
        if line.split()[0] in _RTTM_UNUSED:
            continue
        told = _parse(RTTMLine, number, line)
        if told.type != "SPEAKER":
            raise ValueError(f"line {number} is of the type {told.type}, which is not supported")
        yield told.filename, _segment(number, told.begin_time, told.begin_time + told.duration, told.speaker_id, "")


def _lines(text: str) -> Iterable[tuple[int, str]]:
    """Return the lines with their numbers, without empty ones and comments."""
    numbered = ((number, line.strip()) for number, line in enumerate(text.splitlines(), start=1))
    return ((number, line) for number, line in numbered if line and not line.startswith(";"))


def _parse(kind: Any, number: int, line: str) -> Any:
    try:
        return kind.parse(line)
    except (ArithmeticError, AssertionError, TypeError, ValueError) as e:
        raise ValueError(f"line {number} is malformed: {line}") from e


def _segment(number: int, start: SupportsFloat, end: SupportsFloat, speaker: str, words: str) -> Segment:
    if not isfinite(float(end)) or not 0 <= float(start) <= float(end):
        raise ValueError(f"line {number} does not run forward from 0 or later")
    return Segment(float(start), float(end), speaker, words)


_READERS: Final[tuple[tuple[str, _Read], ...]] = (("json", _from_seglst), ("stm", _from_stm), ("rttm", _from_rttm))
