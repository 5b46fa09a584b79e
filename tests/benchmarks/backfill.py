"""A nightly backfill of a channel with 1,500 finished videos and 3 new ones: how soon it works, and what it asks.

`python -m tests.benchmarks.backfill` runs it alone. A feed on loopback is listed by yt-dlp; the finished videos were
never fetched here, only entered as done with the fingerprints of the run.
"""

from __future__ import annotations

import asyncio
import json
import time
from collections import Counter
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final
from unittest.mock import patch

import httpx
from sqlalchemy import Engine, event, text

from deployments.demo.server import serve
from flows.console import run_here
from flows.limits import set_limits
from flows.run import VERSIONS
from tests.benchmarks.figures import Figure
from tests.benchmarks.holding import engines
from tests.benchmarks.orchestration import used
from tests.faults.processes import serving
from tests.flows.scripted import record
from whosaid import canonical
from whosaid.media import fetching, open_source
from whosaid.naming import read_naming
from whosaid.profiles import Profile, profile_named
from whosaid.store import open_archive

FINISHED: Final = 1_500
NEW: Final = 3
_DONE: Final = text(
    "UPDATE videos SET state = 'done', fingerprint = :fingerprint, naming = :naming WHERE title <> 'new'"
)


@dataclass(slots=True)
class Tally:
    """What was asked of the archive and of Prefect, and when the first video was begun."""

    started: float = 0.0
    first: float = 0.0
    counts: Counter[str] = field(default_factory=Counter[str])
    before: Counter[str] = field(default_factory=Counter[str])  # the first video was begun

    def begin(self) -> None:
        """Note that a stage of a video begins."""
        if not self.first:
            self.first, self.before = time.perf_counter(), Counter(self.counts)


def run(home: Path) -> Iterator[Figure]:
    """Measure on a server with SQLite."""
    profile = profile_named("balanced", engines())
    with TemporaryDirectory(prefix="whosaid-bench-") as folder:
        Path(folder).chmod(0o755)  # the embedded Postgres runs as another user under root
        home = Path(folder) / "home"
        make_channel(home / "channel")
        with serving(home) as server, used(server, home), serve(home / "channel") as feed:
            asyncio.run(set_limits(profile.limits))
            _finish(home, feed, profile)
            tally = _ingest(feed)
    yield Figure("backfill of 1,500 and 3", "until the first stage of a video", tally.first - tally.started, "s")
    for kind in sorted(tally.counts):
        yield Figure("backfill of 1,500 and 3", f"{kind} until then", tally.before[kind], "")
        yield Figure("backfill of 1,500 and 3", f"{kind} in all", tally.counts[kind], "")


def make_channel(folder: Path) -> None:
    """Make a feed of 1,503 items, of which the newest three have a recording."""
    today = datetime(2026, 1, 31, tzinfo=UTC)
    episodes: list[dict[str, Any]] = []
    for number in range(FINISHED + NEW):
        new = number < NEW
        if new:
            record(folder / f"{number}.wav", 4 + number)
        published = (today - timedelta(days=number)).isoformat()
        file = f"{number}.wav" if new else None
        episodes.append({"id": f"e{number}", "title": "new" if new else "old", "published": published, "file": file})
    (folder / "channel.json").write_text(json.dumps({"title": "A channel", "episodes": episodes}))


def _finish(home: Path, feed: str, profile: Profile) -> None:
    """Enter the old videos as done, as a run with the same profile would have left them."""
    with open_archive(None, home) as archive:
        archive.migrate()
        archive.discover(open_source(feed).list().videos)
        fingerprint = canonical.digest(profile.fingerprint, *VERSIONS)
        naming = read_naming(archive, profile.voices.model_key).fingerprint
        with archive.database.begin() as connection:
            connection.execute(_DONE, {"fingerprint": fingerprint, "naming": naming})


def _ingest(feed: str) -> Tally:
    tally = Tally(started=time.perf_counter())
    with _counting(tally):
        summary = asyncio.run(run_here(feed, "balanced", overrides=engines()))
    if len(summary.outcomes) != NEW or not all(each.receipt for each in summary.outcomes):
        raise RuntimeError(f"the three new videos were to be done: {summary.line}")
    return tally


@contextmanager
def _counting(tally: Tally) -> Generator[None]:
    """Count statements and requests of this process, and note the first fetch."""
    fetch, send = fetching.fetch_audio, httpx.AsyncClient.send

    def fetch_audio(*given: Any) -> Any:
        tally.begin()
        return fetch(*given)

    async def count(client: httpx.AsyncClient, request: httpx.Request, **options: Any) -> httpx.Response:
        tally.counts["requests to Prefect"] += 1
        return await send(client, request, **options)

    def statement(*_: object) -> None:
        tally.counts["SQL statements"] += 1

    event.listen(Engine, "before_cursor_execute", statement)
    try:
        with patch.object(fetching, "fetch_audio", fetch_audio), patch.object(httpx.AsyncClient, "send", count):
            yield
    finally:
        event.remove(Engine, "before_cursor_execute", statement)


def main() -> None:
    """Print what is measured, as it comes."""
    for each in run(Path()):
        print(each, flush=True)  # noqa: T201


if __name__ == "__main__":
    main()
