"""Record the demo channel: playable episodes with references, one gone, one without speech, one corrupt."""

import argparse
import json
import random
from dataclasses import asdict, dataclass
from pathlib import Path

import av
import numpy as np

from deployments.demo.studio.scripts import Line, Script, read_scripts
from deployments.demo.studio.speech import SAMPLE_RATE, Samples, say
from deployments.demo.studio.windows import colour, hum

CHANNEL = Path(__file__).parents[1] / "channel"
TITLE = "The Quiet Hour"
BIT_RATE = 24_000
LEAD_IN = 0.6  # seconds of room before the first and after the last word
OVERLAPPING_SHARE = 0.12  # of the changes of speaker
SPEECHLESS_SECONDS = 45.0
CORRUPT_FROM = 300  # bytes: the header of the file stays, so that it looks like one


@dataclass(frozen=True, slots=True)
class Segment:
    """Say who speaks which words when: one entry of a SegLST file."""

    session_id: str
    speaker: str
    start_time: float
    end_time: float
    words: str


@dataclass(frozen=True, slots=True)
class Episode:
    """List an episode as the feed does."""

    id: str
    title: str
    description: str
    published: str
    file: str
    duration: float


def record(script: Script, rng: random.Random) -> tuple[Samples, list[Segment]]:
    """Speak a script in a room: samples, and the reference by start."""
    takes: list[tuple[Samples, Segment]] = []
    gains = {line.member.name: 10 ** rng.uniform(-0.15, 0.1) for line in script.lines}
    for before, line in zip((None, *script.lines), script.lines, strict=False):
        speech = say(line.text, line.member.voice) * np.float32(gains[line.member.name])
        start = _place(rng, before, line, [segment for _, segment in takes])
        end = start + len(speech) / SAMPLE_RATE
        takes.append((speech, Segment(script.id, line.member.name, round(start, 3), round(end, 3), line.text)))
    return _mix(rng, takes), sorted((segment for _, segment in takes), key=lambda segment: segment.start_time)


def _place(rng: random.Random, before: Line | None, line: Line, spoken: list[Segment]) -> float:
    """Choose when a line begins: after a pause, or a little before everybody else is done."""
    done = max((segment.end_time for segment in spoken), default=LEAD_IN)
    if before is None:
        return done
    if line.interrupts:
        return done - rng.uniform(0.1, 0.3)
    if before.member != line.member and rng.random() < OVERLAPPING_SHARE:
        return done - rng.uniform(0.05, 0.3)
    return done + rng.uniform(0.45, 0.9)


def _mix(rng: random.Random, takes: list[tuple[Samples, Segment]]) -> Samples:
    length = int((max(segment.end_time for _, segment in takes) + LEAD_IN) * SAMPLE_RATE)
    sound = colour(rng, length) * np.float32(10 ** rng.uniform(-3.3, -2.7))
    for speech, segment in takes:
        start = int(segment.start_time * SAMPLE_RATE)
        sound[start : start + len(speech)] += speech
    return np.clip(sound, -1, 1)


def encode(sound: Samples, path: Path) -> None:
    """Write mono Opus in Ogg, the same bytes every time."""
    with av.open(str(path), "w", format="ogg", container_options={"fflags": "+bitexact"}) as container:
        stream = container.add_stream("libopus", rate=SAMPLE_RATE, layout="mono", bit_rate=BIT_RATE)
        frame = av.AudioFrame.from_ndarray((sound[None] * 32767).astype(np.int16), "s16", "mono")
        frame.sample_rate = SAMPLE_RATE
        container.mux(stream.encode(frame))
        container.mux(stream.encode(None))


def record_playable(script: Script, seed: int, folder: Path) -> Episode:
    """Write an episode and, beside it, its reference."""
    sound, segments = record(script, random.Random(f"{seed} {script.id}"))
    encode(sound, folder / f"{script.id}.opus")
    (folder / f"{script.id}.json").write_text(json.dumps([asdict(segment) for segment in segments], indent=1) + "\n")
    published = script.published.isoformat()
    return Episode(script.id, script.title, script.description, published, f"{script.id}.opus", _seconds(sound))


def record_speechless(rng: random.Random, folder: Path) -> Episode:
    """Write an episode of notes over noise."""
    length = int(SPEECHLESS_SECONDS * SAMPLE_RATE)
    sound = colour(rng, length) * np.float32(0.002) + hum(rng, length)
    encode(sound, folder / "music-only.opus")
    return Episode(
        "music-only", "Nothing but music", "Nobody says a word.", "2026-04-20T06:00:00+00:00", "music-only.opus",
        _seconds(sound),
    )  # fmt: skip


def record_corrupt(rng: random.Random, whole: Episode, folder: Path) -> Episode:
    """Write an episode of which only the header survived."""
    data = (folder / whole.file).read_bytes()
    (folder / "broken-tape.opus").write_bytes(data[:CORRUPT_FROM] + rng.randbytes(12_000))
    return Episode(
        "broken-tape", "The broken tape", "The file did not survive.", "2026-04-27T06:00:00+00:00", "broken-tape.opus",
        whole.duration,
    )  # fmt: skip


def record_channel(folder: Path, seed: int) -> None:
    """Write the whole channel into a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    rng = random.Random(seed)
    playable = [record_playable(script, seed, folder) for script in read_scripts()]
    gone = Episode(
        "lost-interview", "The lost interview", "Listed, and gone.", "2026-05-04T06:00:00+00:00", "lost-interview.opus",
        80.0,
    )  # fmt: skip
    episodes = [*playable, record_speechless(rng, folder), record_corrupt(rng, playable[0], folder), gone]
    channel = {"title": TITLE, "episodes": [asdict(episode) for episode in episodes]}
    (folder / "channel.json").write_text(json.dumps(channel, indent=1) + "\n")


def _seconds(sound: Samples) -> float:
    return round(len(sound) / SAMPLE_RATE, 3)


def main() -> None:
    """Record the channel where it belongs, or elsewhere."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--folder", type=Path, default=CHANNEL)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    record_channel(options.folder, options.seed)


if __name__ == "__main__":
    main()
