"""What a profile needs of a machine and does not find there: looked at, never changed, loaded or downloaded."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import TypeAlias

from pydantic import SecretStr

from whosaid.doctor.server import PrefectServer
from whosaid.errors import ConfigurationError, WhosaidError
from whosaid.profiles import Profile


class State(StrEnum):
    """How bad a finding is: with a warning a run can start, with something missing it cannot."""

    ok = "ok"
    warning = "warning"
    missing = "missing"


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of the report; whatever is not ok has a remedy."""

    name: str
    state: State
    detail: str
    remedy: str = ""


@dataclass(frozen=True, slots=True)
class Subject:
    """The profile and the places that are looked at."""

    profile: Profile
    home: Path
    database_url: str = field(default="", repr=False)
    hub_token: SecretStr | None = None
    openai_key: SecretStr | None = None
    server: PrefectServer | None = None  # None: no server is named

    def saved(self, block_type: str) -> bool:
        """Return whether the Prefect server holds a default block of a type; False where it cannot be asked."""
        try:
            return self.server is not None and self.server.has_block(block_type)
        except ConfigurationError:  # which is a finding of its own
            return False


Check: TypeAlias = Callable[[Subject], Iterable[Finding]]


def ok(name: str, detail: str) -> Finding:
    """Return a finding of nothing wrong."""
    return Finding(name, State.ok, detail)


def warn(name: str, detail: str, remedy: str) -> Finding:
    """Return a finding that a run can live with."""
    return Finding(name, State.warning, detail, remedy)


def miss(name: str, detail: str, remedy: str) -> Finding:
    """Return a finding that keeps a run from starting or from ending well."""
    return Finding(name, State.missing, detail, remedy)


def observe(name: str, check: Check, subject: Subject) -> Generator[Finding]:
    """Yield what a check finds; one that fails is itself something missing."""
    try:
        yield from check(subject)
    except WhosaidError as e:
        detail, _, remedy = " ".join(str(e).split()).rpartition(": ")
        yield miss(name, detail or remedy, remedy)
    except Exception as e:  # noqa: BLE001  # its text may hold a secret: only its kind is told
        yield miss(name, f"the check itself failed ({type(e).__name__})", "report it as a bug of whosaid")


def examine(subject: Subject) -> tuple[Finding, ...]:
    """Return all findings, in the order in which a run would meet them."""
    return tuple(finding for name, check in _checks() for finding in observe(name, check, subject))


def _checks() -> tuple[tuple[str, Check], ...]:
    from whosaid.doctor import archive, graphics, machine, models, orchestration

    return (
        ("Python", machine.check_python),
        ("disk", machine.check_disk),
        ("yt-dlp", machine.check_ytdlp),
        ("JavaScript", machine.check_javascript),
        ("GPU", graphics.check_gpus),
        ("CUDA for torch", graphics.check_torch),
        ("CUDA for ctranslate2", graphics.check_ctranslate2),
        ("GPU memory", graphics.check_memory),
        ("weights", models.check_weights),
        ("OpenAI key", models.check_openai),
        ("database", archive.check_database),
        ("Prefect server", orchestration.check_server),
        ("tag limits", orchestration.check_limits),
        ("blocks", orchestration.check_blocks),
    )
