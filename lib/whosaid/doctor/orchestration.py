"""What a run needs of the Prefect server: the server, a limit for each tag, the types of the blocks."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from whosaid.doctor import Finding, Subject, miss, ok, warn

_TYPES: Final = (
    "whosaid-archive-database",
    "whosaid-media-store",
    "whosaid-hub-token",
    "whosaid-openai-key",
    "whosaid-site-cookies",
)
_BOOTSTRAP: Final = "run `python -m deployments.bootstrap --profile {}`"


def check_server(subject: Subject) -> Iterable[Finding]:
    """Say whether the server that is named answers."""
    if subject.server is None:
        remedy = "set PREFECT_API_URL to keep runs and limits on a server"
        return (warn("Prefect server", "none is named: Prefect starts a temporary one for each run", remedy),)
    if not subject.server.is_healthy():
        detail = f"{subject.server.name} answers, but not as a Prefect server that is well"
        return (miss("Prefect server", detail, "let PREFECT_API_URL end in /api, or see the server's log"),)
    return (ok("Prefect server", f"{subject.server.name} is well"),)


def check_limits(subject: Subject) -> Iterable[Finding]:
    """Say which tags lack a limit, without which Prefect runs any number of tasks, or have another than the profile."""
    if subject.server is None:
        return ()
    profile, remedy = subject.profile, _BOOTSTRAP.format(subject.profile.name)
    found = {tag: subject.server.slots(tag) for tag in profile.limits}
    if none := [tag for tag, slots in found.items() if slots is None]:
        return (miss("tag limits", f"no limit in force for {', '.join(none)}", remedy),)
    other = [f"{tag} has {found[tag]}, not {slots}" for tag, slots in profile.limits.items() if found[tag] != slots]
    if other:
        return (warn("tag limits", f"not those of {profile.name}: {', '.join(other)}", remedy),)
    return (ok("tag limits", ", ".join(f"{tag} {slots}" for tag, slots in found.items())),)


def check_blocks(subject: Subject) -> Iterable[Finding]:
    """Say which types of blocks the server does not know, and which blocks are saved."""
    if subject.server is None:
        return ()
    if unknown := [each for each in _TYPES if not subject.server.has_type(each)]:
        remedy = _BOOTSTRAP.format(subject.profile.name)
        return (warn("blocks", f"not registered: {', '.join(unknown)}", remedy),)
    saved = [each for each in _TYPES if subject.server.has_block(each)]
    told = f"saved, and not opened here: {', '.join(saved)}" if saved else "none saved: environment and defaults hold"
    return (ok("blocks", f"all types registered; {told}"),)
