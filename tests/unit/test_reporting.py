"""The report of a run: what it says, hostile as titles are, and of the runs of which there is little to say."""

from __future__ import annotations

import base64
import re
from dataclasses import replace
from datetime import timedelta
from html.parser import HTMLParser
from pathlib import Path
from xml.etree import ElementTree

import pytest

from tests.synthetic_runs import BEGAN, simulate, without_gpu
from whosaid.advice import Advice
from whosaid.errors import ConfigurationError
from whosaid.progress import Progress
from whosaid.regression import Slowdown
from whosaid.reporting import draw_timelines, report_file, to_image, write_report
from whosaid.reporting.bars import Bar, Kind, Strip, lay_strips, visible
from whosaid.reporting.curves import average, gpu_curves
from whosaid.reporting.figures import origin_shares, verdict, voice_cache, warnings
from whosaid.reporting.lines import tell_outcome, tell_progress, tell_stage
from whosaid.reporting.page import render_page
from whosaid.types import GpuReading, Outcome, RunSummary, StageTiming, Telemetry, Video, VideoState

EMPTY = RunSummary("none", "a channel", "balanced", BEGAN, 1.5, (), ())
HOSTILE = "</title></script><script>document.title='owned'</script> $x_{ \U0001f600 \n\x1b[2J"
ADVICE = Advice("asr slots", "asr slots were full 96 % of the time: raise them", "96 % against 90 %", "raise them", 1.6)


def page_of(run: RunSummary, *advice: Advice) -> str:
    """Return the page of a run without its drawings, which take most of the time."""
    return render_page(run, advice, (), {})


def parse(drawing: str) -> ElementTree.Element:
    return ElementTree.fromstring(drawing)  # noqa: S314 - made here


class Tags(HTMLParser):
    """The tags of a page with their attributes."""

    def __init__(self, source: str) -> None:
        super().__init__()
        self.found = list[tuple[str, dict[str, str | None]]]()
        self.feed(source)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))


@pytest.fixture(scope="module")
def few() -> RunSummary:
    """A run with a lane for each video."""
    return simulate(25)


@pytest.fixture(scope="module")
def drawings(few: RunSummary) -> dict[str, str]:
    """Its timeline for screens of both kinds."""
    return draw_timelines(few)


@pytest.fixture(scope="module")
def many() -> RunSummary:
    """A run whose videos share lanes."""
    return simulate(120)


def test_the_page_says_what_the_run_did(few: RunSummary, drawings: dict[str, str]) -> None:
    """Outcomes with their reasons in full, figures by stage, where words and voices come from, what held it back."""
    page = render_page(few, [ADVICE], (), drawings)
    for said in ("1 failed", "MediaError: the file has no audio stream", "asr slots were full 96 %",
                 "96 % against 90 %",
                 "transcribe", "has its words from\n  captions", "Voice vectors of 2 videos were found",
                 "power cap", "GPU 0: busy"):  # fmt: skip
        assert said in page
    assert f"{len([each for each in few.outcomes if each.state is VideoState.done])} done" in page


def test_a_slower_stage_is_told_with_its_cause(few: RunSummary) -> None:
    """And with the figures that it is judged by."""
    page = render_page(few, (), (Slowdown("diarize", 1.9, 6.0, 11.4, "it ran on the CPU"),), {})
    assert "diarize took 1.9 times as long" in page
    assert "it ran on the CPU" in page
    assert "11.4 s for an hour of audio" in page


def test_the_page_needs_nothing_else(few: RunSummary, drawings: dict[str, str]) -> None:
    """No script, and nothing that is loaded from anywhere."""
    tags = Tags(render_page(few, (), (), drawings)).found
    assert not {"script", "link", "img", "iframe", "object"} & {tag for tag, _ in tags}
    loaded = [value for _, attributes in tags for name, value in attributes.items() if name in {"src", "xlink:href"}]
    assert all(str(value).startswith("#") for value in loaded)


def test_what_the_internet_says_is_only_text(few: RunSummary) -> None:
    """No title, reason or address becomes a tag or a link that runs something, in the tables and in the drawing."""
    videos = [replace(each.video, title=HOSTILE, url="javascript:alert(1)") for each in few.outcomes]
    outcomes = tuple(replace(it, video=video, detail=HOSTILE) for it, video in zip(few.outcomes, videos, strict=True))
    run = replace(few, outcomes=outcomes, source=HOSTILE)
    page = render_page(run, [replace(ADVICE, headline=HOSTILE)], (), draw_timelines(run))
    assert not [tag for tag, _ in Tags(page).found if tag == "script"]
    assert "javascript:" not in page
    assert "\x1b" not in page
    assert page.count("&lt;script&gt;document.title=") > 2 * len(videos)


def test_drawings_are_well_formed_and_follow_the_style_sheet(many: RunSummary) -> None:
    """Every colour is a variable, every reference has its target, two drawings share no identifier, none is large."""
    drawn = draw_timelines(many)
    seen = set[str]()
    for drawing in drawn.values():
        elements = list(parse(drawing).iter())
        identifiers = [value for each in elements if (value := each.get("id"))]
        assert len(set(identifiers)) == len(identifiers)
        assert not seen & set(identifiers)
        assert set(re.findall(r"url\(#([^)]*)\)", drawing)) <= set(identifiers)
        assert not re.findall(r"#[0-9a-f]{6}\b", drawing)
        seen |= set(identifiers)
    assert list(drawn) == ["wide", "narrow"]
    assert len(drawn["wide"]) < 2_000 * 120


def test_every_video_that_had_its_turn_can_be_pointed_at(few: RunSummary, drawings: dict[str, str]) -> None:
    """By its title, with what its stages took; one that was found or never begun takes no strip."""
    drawn = {each.outcome.video.id for each in lay_strips(few, 40).strips}
    worked = {each.video_id for each in few.timings if not each.cached and each.stage != "check_access"}
    titles = [each.text or "" for each in parse(drawings["wide"]).iter() if "title" in each.tag]
    assert drawn == worked
    assert len(titles) == len(worked)
    assert any(re.fullmatch(r"Sleep, part 1 · done after .*: .*transcribe .* s, .*waiting .*", each) for each in titles)


def test_videos_share_lanes_without_overlap(many: RunSummary) -> None:
    """As many lanes as videos were in flight at once, and each video in one of them."""
    timeline = lay_strips(many, 40)
    ends = dict[int, float]()
    for strip, lane in zip(timeline.strips, timeline.lanes, strict=True):
        assert strip.begin >= ends.get(lane, 0.0) - 0.01
        ends[lane] = strip.end
    assert timeline.height == 8


def test_bars_too_thin_to_see_are_left_out_but_no_video_is() -> None:
    """What is under a third of a pixel is drawn where it is much of its video."""
    strip = Strip(
        Outcome(_video(), VideoState.done), (Bar("a", Kind.computing, 0, 99), Bar("b", Kind.computing, 99, 100))
    )
    assert visible(strip, pixels=10) == strip.bars
    assert visible(strip, pixels=0.001) == strip.bars[:1]


def test_a_curve_is_the_mean_over_time() -> None:
    """Each reading holds until the next one, however far that is; the first one also before it."""
    curve = average([1.0, 2.0, 3.5], [0.0, 1.0, 5.0], 4.0, 2)
    assert list(curve.edges) == [0, 2, 4]
    assert list(curve.values) == pytest.approx([0.0, (1.5 * 1 + 0.5 * 5) / 2])


def test_a_driver_that_says_half_is_drawn_by_half(few: RunSummary) -> None:
    """A GPU whose memory is not told has no curve of it, and the heading says so."""
    readings = tuple(GpuReading(BEGAN + timedelta(seconds=i), 0, utilisation=0.5) for i in range(10))
    run = replace(few, telemetry=Telemetry(readings))
    [curves] = gpu_curves(run, 5)
    assert curves.memory is None
    assert curves.busy is not None
    assert "memory not told by its driver" in draw_timelines(run)["narrow"]


def test_the_page_says_which_stages_kept_the_gpu_busy(few: RunSummary) -> None:
    """Where the driver tells of it, and only there."""
    blind = replace(few, telemetry=replace(few.telemetry, gpus=()))
    assert ("GPU busy" in page_of(few), "GPU busy" in page_of(blind)) == (True, False)


def test_runs_of_little_have_a_page_too(few: RunSummary) -> None:
    """Nothing due; all failed; no GPU; one video; a day."""
    assert "Nothing to do: no video is due" in page_of(EMPTY)
    assert "Nothing was computed" in page_of(EMPTY)
    failed = tuple(Outcome(each.video, VideoState.failed, "FetchError: gone") for each in few.outcomes)
    assert "25 of 25 videos failed" in page_of(replace(EMPTY, outcomes=failed))
    bare = replace(without_gpu(simulate(1)), seconds=86400.0)
    drawn = draw_timelines(bare)
    assert "There are no readings of a GPU" in render_page(bare, (), (), drawn)
    assert ">1 video<" in drawn["wide"]
    assert ">18:00:00<" in drawn["wide"]


def test_the_report_is_replaced_in_one_step(tmp_path: Path, few: RunSummary) -> None:
    """An older one stays until the new one is whole; nothing else is left in the folder."""
    file = report_file(tmp_path / "reports", "7")
    write_report(EMPTY, (), (), {}, file)
    write_report(few, (), (), {}, file)
    assert "1 failed" in file.read_text()
    assert list(file.parent.iterdir()) == [file]


def test_a_report_that_cannot_be_written_is_an_error_with_its_remedy(tmp_path: Path) -> None:
    """A folder that is a file."""
    (tmp_path / "reports").write_text("")
    with pytest.raises(ConfigurationError, match=r"cannot be written .*: make room"):
        write_report(EMPTY, (), (), {}, report_file(tmp_path / "reports", "7"))


def test_a_picture_stands_alone(drawings: dict[str, str]) -> None:
    """It has its colours, its name space and its background in itself, and no titles."""
    address = to_image(drawings["wide"])
    kind, data = address.split(",", 1)
    picture = base64.b64decode(data).decode()
    assert kind == "data:image/svg+xml;base64"
    assert parse(picture).tag == "{http://www.w3.org/2000/svg}svg"
    assert "var(--" not in picture
    assert "<title>" not in picture


def test_origins_are_shares_of_the_audio(few: RunSummary) -> None:
    """Of what was published."""
    asr, captions = origin_shares(few)
    assert (asr.origin, captions.origin) == ("asr", "captions")
    assert asr.share + captions.share == pytest.approx(1.0)
    assert asr.audio + captions.audio == pytest.approx(few.audio)
    assert origin_shares(EMPTY) == ()


def test_voices_that_were_found_are_told_from_those_computed(few: RunSummary) -> None:
    """With the windows of those computed."""
    cache = voice_cache(few)
    clocks = [each for each in few.timings if each.stage == "embed_voices"]
    assert cache is not None
    assert (cache.found, cache.computed) == (sum(it.cached for it in clocks), sum(not it.cached for it in clocks))
    assert cache.windows == sum(each.work.items for each in clocks)
    assert voice_cache(EMPTY) is None


def test_what_a_reader_must_know_is_a_warning(few: RunSummary) -> None:
    """Failures, a pause, a clock held down, what could not be read, and words that no passage holds."""
    done = next(each for each in few.outcomes if each.receipt)
    bare = replace(done, receipt=replace(done.receipt, passages=0))  # type: ignore[type-var]
    run = replace(few, outcomes=(*few.outcomes, bare), paused="paused until tomorrow: a bot check",
                  telemetry=replace(few.telemetry, troubles=("GPU 0 is lost",)))  # fmt: skip
    told = "; ".join(warnings(run))
    for said in ("1 of 26 videos failed", "paused until tomorrow", "power cap", "GPU 0 is lost", "1 videos have words"):
        assert said in told
    assert warnings(EMPTY) == ()


def test_the_verdict_is_the_first_advice(few: RunSummary) -> None:
    """Without any, nothing held the run back, where it was long enough to tell."""
    assert verdict(few, [ADVICE]) == ADVICE.headline
    assert verdict(few, []) == "Nothing that could be changed held it back."
    assert verdict(replace(few, seconds=9.0), []) == "Too little was computed to tell."
    assert verdict(EMPTY, []) == "Nothing was computed."


def test_a_stage_is_told_in_a_line() -> None:
    """What it took, where, and what it waited for; or that it was found."""
    clock = StageTiming("transcribe", "v", BEGAN, 3.0, 1.0, 9.0, 12.34, cached=False, device="cuda")
    assert tell_stage(clock) == "transcribe: 12.3 s on cuda, loading 9.0 s, after 4.0 s in line"
    assert tell_stage(replace(clock, cached=True)) == "transcribe: found"
    assert tell_stage(StageTiming("attribute", "v", BEGAN, 0, 0, 0, 0.01, cached=False)) == "attribute: 0.0 s"


def test_a_video_is_told_in_a_line() -> None:
    """With the stage that failed and why; a title cannot break the line."""
    told = tell_outcome(Outcome(_video(HOSTILE), VideoState.failed, "EngineError: no\nwords", "transcribe"), ())
    assert "\n" not in told
    assert "\x1b" not in told
    assert told.endswith("failed in transcribe after 0 s (EngineError: no words)")


def test_progress_is_told_with_the_time_left(few: RunSummary) -> None:
    """Outcomes, the speed, and what is left of the time; nothing of time before a video is done or when all are."""
    clocks = {each.video.id: [it for it in few.timings if it.video_id == each.video.id] for each in few.outcomes}
    progress = Progress.over([each.video for each in few.outcomes])
    assert tell_progress((), 25, progress) == "0 of 25"
    for each in few.outcomes[:10]:
        progress.add(each, clocks[each.video.id])
    assert re.fullmatch(
        r"10 of 25: 10 done · [\d.]+ hours of audio per hour · \d+ min \d+ s left",
        tell_progress(few.outcomes[:10], 25, progress),
    )
    for each in few.outcomes[10:]:
        progress.add(each, clocks[each.video.id])
    assert "left" not in tell_progress(few.outcomes, 25, progress)


def _video(title: str = "A talk") -> Video:
    return Video("feed", "one", "https://example.org/one", title, "A channel")
