"""Read what is said in the playable episodes, and refuse what the training may have heard."""

import re
import tomllib
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from deployments.demo.studio.grammar import BACK_CHANNELS, is_held_out
from deployments.demo.studio.speech import CAST, CastMember

SCRIPTS = Path(__file__).with_name("scripts.toml")
LINE = re.compile(r"(?P<name>[^:>]+?)(?P<manner>:| >) (?P<text>.+)")
MEMBERS = {member.name: member for member in CAST}


@dataclass(frozen=True, slots=True)
class Line:
    """Let a member of the cast say a sentence, after the one before or (`interrupts`) into its end."""

    member: CastMember
    text: str
    interrupts: bool


@dataclass(frozen=True, slots=True)
class Script:
    """Hold an episode on paper."""

    id: str
    title: str
    description: str
    published: datetime
    lines: tuple[Line, ...]


def read_scripts() -> tuple[Script, ...]:
    """Read all scripts in the order of the channel; ValueError for a sentence that is not held out."""
    with SCRIPTS.open("rb") as file:
        return tuple(_read_script(entry) for entry in tomllib.load(file)["episode"])


def _read_script(entry: dict[str, Any]) -> Script:
    lines = tuple(_read_line(line) for line in entry.pop("lines"))
    return Script(**entry, lines=lines)


def _read_line(line: str) -> Line:
    if not (found := LINE.fullmatch(line)):
        raise ValueError(f"not a line of a script, `Name: sentence` or `Name > sentence`: {line!r}")
    if found["text"] not in BACK_CHANNELS and not is_held_out(found["text"]):
        raise ValueError(f"the training may have heard {found['text']!r}: draw a held-out sentence")
    return Line(MEMBERS[found["name"]], found["text"], found["manner"] != ":")
