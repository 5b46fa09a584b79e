"""What is said of a saved block: one finding, whatever its check meets."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Final, Protocol

from whosaid.doctor import Finding, State, Subject, observe
from whosaid.profiles import BALANCED

_BADNESS: Final = tuple(State)  # from the best to the worst


class Checked(Protocol):
    """A block that can say whether it works."""

    def check(self) -> Finding:
        """Say in one line whether it works, without a word of a secret; WhosaidError where that cannot be told."""
        ...


def subject_of(home: Path = Path(), database_url: str = "") -> Subject:
    """Return what the doctor's checks are asked about; the profile has no part in those that blocks use."""
    return Subject(BALANCED, home, database_url)


def summarize(name: str, findings: Iterable[Finding]) -> Finding:
    """Make one finding of several: as bad as the worst of them, which has the remedy."""
    found = tuple(findings)
    worst = max(found, key=lambda each: _BADNESS.index(each.state))
    return Finding(name, worst.state, "; ".join(f"{each.name} {each.detail}" for each in found), worst.remedy)


def examine(name: str, block: Checked) -> Finding:
    """Check a block; whatever goes wrong is told as a finding under its name."""
    [found] = observe(name, lambda _: (block.check(),), subject_of())
    return Finding(name, found.state, found.detail, found.remedy)
