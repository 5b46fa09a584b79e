"""The plan's simulation against real orchestrated runs with timed engines: how far it is from what they took.

What everything takes is measured in one calibrating run, of one video at a time, by the function that reads the
archive's runs for `whosaid plan`. `python -m tests.benchmarks.plan` runs it alone and tells of every setting.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory, mkdtemp
from time import sleep
from typing import Final
from unittest.mock import patch

import numpy as np
from rich.console import Console
from rich.table import Table

from flows.console import run_here
from flows.limits import set_limits
from tests.benchmarks.figures import Figure
from tests.benchmarks.orchestration import used
from tests.faults.processes import serving
from tests.flows.scripted import WORDS, record
from tests.flows.timed import TimedAsr, TimedDiarization, TimedText, TimedVoices
from whosaid.media import Source
from whosaid.media.folder import LocalFolder
from whosaid.planning.limits import limits_of
from whosaid.planning.rates import costs_of, overhead_of
from whosaid.planning.simulation import Costs, simulate
from whosaid.profiles import DEMO, PROFILES, Profile, profile_named
from whosaid.rates import rates_of
from whosaid.types import SAMPLE_RATE, RunSummary, Seconds, Video

RATES: Final = {"asr": 0.12, "diarization": 0.06, "voices": 0.06, "fetch": 0.06}  # seconds for a second of sound
TEXT_RATE: Final = 0.005  # seconds for a character; twelve of them are said in a second


@dataclass(frozen=True, slots=True)
class Setting:
    """What a run is asked to do: recordings of these lengths, by so many workers."""

    lengths: tuple[Seconds, ...]
    asr: int = 2
    downloads: int = 4
    in_flight: int = 4

    @property
    def profile(self) -> Profile:
        """The demo's profile with these workers, and engines that take their time."""
        return DEMO.model_copy(
            update={
                "io_workers": self.downloads,
                "videos_in_flight": self.in_flight,
                "asr": TimedAsr(words=WORDS, rate=RATES["asr"], workers=self.asr),
                "diarization": TimedDiarization(turns=((0.0, 3.0, "a"), (3.0, 6.0, "b")), rate=RATES["diarization"]),
                "voices": TimedVoices(rate=RATES["voices"]),
                "text": TimedText(rate=TEXT_RATE, workers=32),
            }
        )

    @property
    def name(self) -> str:
        """The setting in a few words."""
        shortest, longest = min(self.lengths), max(self.lengths)
        lengths = f"{shortest:.0f} s" if shortest == longest else f"{shortest:.0f} to {longest:.0f} s"
        workers = f"asr {self.asr}, download {self.downloads}, {self.in_flight} in flight"
        return f"{len(self.lengths)} of {lengths}: {workers}"


def spread(count: int, shortest: Seconds, longest: Seconds) -> tuple[Seconds, ...]:
    """Make lengths from the shortest to the longest, in an order that is neither."""
    lengths = np.linspace(shortest, longest, count)
    return tuple(np.random.default_rng(count).permutation(lengths).tolist())


CALIBRATION: Final = Setting((20.0, 40.0, 10.0), asr=1, downloads=1, in_flight=1)
SETTINGS: Final = (
    Setting((20.0,) * 3, asr=1, in_flight=1),
    Setting((20.0,) * 6, asr=1, in_flight=3),
    Setting((20.0,) * 8, asr=2, in_flight=4),
    Setting((20.0,) * 10, asr=4, in_flight=4),
    Setting((20.0,) * 10, asr=4, in_flight=8),
    Setting((20.0,) * 10, asr=4, downloads=1, in_flight=8),
    Setting((40.0,) * 4, asr=1, in_flight=4),
    Setting((40.0,) * 6, asr=2, in_flight=2),
    Setting((40.0,) * 6, asr=3, in_flight=6),
    Setting(spread(6, 10, 40), asr=1, in_flight=4),
    Setting(spread(8, 10, 40), asr=2, in_flight=4),
    Setting(spread(10, 10, 40), asr=4, in_flight=8),
    Setting(spread(8, 10, 40), asr=2, downloads=1, in_flight=3),
)


@dataclass(frozen=True, slots=True)
class SlowFolder(LocalFolder):
    """A folder behind a slow line: the size of a file says how long it takes."""

    def fetch(self, video: Video, folder: Path) -> Path:
        file = LocalFolder.fetch(self, video, folder)
        sleep(RATES["fetch"] * file.stat().st_size / (2 * SAMPLE_RATE))
        return file


@dataclass(frozen=True, slots=True)
class Comparison:
    """What a run was simulated to take, and what it took."""

    setting: Setting
    simulated: Seconds
    real: Seconds

    @property
    def error(self) -> float:
        """How far the simulation is off: above 0 where the run was quicker than simulated."""
        return self.simulated / self.real - 1


def run(_: Path) -> Iterator[Figure]:
    """Compare all settings; yields the median and the largest error, without their signs."""
    compared = compare()
    show(compared)
    errors = [abs(each.error) for each in compared]
    yield Figure("plan", f"error of the simulation, median of {len(errors)} settings", 100 * median(errors), "%")
    yield Figure("plan", "error of the simulation, largest", 100 * max(errors), "%")


def compare() -> list[Comparison]:
    """Measure what things take, then run and simulate every setting."""
    with TemporaryDirectory(prefix="whosaid-plan-") as folder, serving(Path(folder) / "server") as server:
        home = Path(folder) / "home"
        home.mkdir()
        home.parent.chmod(0o755)  # the embedded Postgres runs as another user under root
        with used(server, home):
            return _compare_all(home)


def _compare_all(home: Path) -> list[Comparison]:
    run_setting(Setting((5.0,)), home)  # what the first calls cost is nobody's
    measured = run_setting(CALIBRATION, home)
    costs = Costs(costs_of(rates_of(measured)), overhead=overhead_of(measured.timings))
    return [_compare(setting, costs, home) for setting in SETTINGS]


def _compare(setting: Setting, costs: Costs, home: Path) -> Comparison:
    real = run_setting(setting, home)
    limits = limits_of(setting.profile, None)
    return Comparison(setting, simulate(setting.lengths, limits, costs).seconds, real.seconds)


def run_setting(setting: Setting, home: Path) -> RunSummary:
    """Run a setting through the real flow, over recordings that no run has seen."""
    folder = Path(mkdtemp(prefix="channel-", dir=home))
    levels = np.random.default_rng().uniform(0.1, 0.2, len(setting.lengths)).tolist()
    for i, (seconds, level) in enumerate(zip(setting.lengths, levels, strict=True)):
        record(folder / f"{i:02d}.wav", seconds, level=level)
    with patch.dict(PROFILES, {DEMO.name: setting.profile}), patch("flows.ingest.open_source", _open_slowly):
        return asyncio.run(_ingest(folder))


async def _ingest(folder: Path) -> RunSummary:
    await set_limits(profile_named(DEMO.name).limits)
    return await run_here(str(folder), DEMO.name)


def _open_slowly(address: str, *_: object) -> Source:
    return SlowFolder(Path(address))


def show(compared: Sequence[Comparison]) -> None:
    """Print every setting."""
    table = Table("setting", "simulated s", "real s", "error")
    for each in compared:
        table.add_row(each.setting.name, f"{each.simulated:.1f}", f"{each.real:.1f}", f"{each.error:+.1%}")
    Console().print(table)


if __name__ == "__main__":
    for figure in run(Path()):
        Console().print(figure)
