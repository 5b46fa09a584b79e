"""`whosaid plan`: on a fresh machine by the table, with an archive by what its runs took."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeAlias

import pytest
from typer.testing import CliRunner

from tests.store.publications import publication, video
from whosaid import gpu
from whosaid.cli import app
from whosaid.planning.path import CHECK, PATH
from whosaid.store import Archive
from whosaid.types import Outcome, RunSummary, StageTiming, VideoState

NOON = datetime(2026, 1, 2, 12, tzinfo=UTC)
AUDIO = 60.25  # seconds of every publication
Whosaid: TypeAlias = Callable[..., Any]


@pytest.fixture
def fresh(tmp_path: Path) -> Whosaid:
    """Run the command where there is no archive."""
    environment = {"WHOSAID_DATABASE_URL": "", "WHOSAID_HOME": str(tmp_path), "COLUMNS": "200"}
    return lambda *arguments: CliRunner().invoke(app, ["plan", *arguments], env=environment)


@pytest.fixture
def whosaid(archive_url: str, archive: Archive, tmp_path: Path) -> Whosaid:
    """Run the command against the test's archive, of which a run by balanced was remembered."""
    receipt = archive.publish(publication())
    timings = tuple(
        StageTiming(
            step.stage, video().id, NOON, 0.1, 0.0, 0.0, AUDIO if step.stage == "transcribe" else 0.1, cached=False
        )
        for step in (CHECK, *PATH)
    )
    done = (Outcome(video(), VideoState.done, receipt=receipt),)
    archive.finish_run(RunSummary("run-1", "a", "balanced", NOON, 99.0, done, timings, machine=gpu.machine()))
    environment = {"WHOSAID_DATABASE_URL": archive_url, "WHOSAID_HOME": str(tmp_path), "COLUMNS": "200"}
    return lambda *arguments: CliRunner().invoke(app, ["plan", *arguments], env=environment)


def plan(whosaid: Whosaid, *arguments: str) -> dict[str, Any]:
    done = whosaid(*arguments, "--json")
    assert done.exit_code == 0, done.output
    return json.loads(done.stdout)


def test_a_fresh_machine_plans_by_the_table(fresh: Whosaid, tmp_path: Path) -> None:
    """Nothing is made in the data directory; the answer says that it is an estimate, and from where."""
    done = fresh("--hours", "1200", "--gpu", "5080")
    assert done.exit_code == 0, done.output
    assert "1,200 hours in 2,400 videos of 30 min 0 s by balanced" in done.stdout
    assert "An estimate: 12 of 12 stages" in done.stdout
    assert "faster-whisper's README" in done.stdout
    assert list(tmp_path.iterdir()) == []


def test_what_if_stands_beside_the_plan(fresh: Whosaid) -> None:
    """Limits and the text model are changed in the second column alone."""
    told = plan(
        fresh, "--hours", "100", "--gpu", "H100", "--asr-workers", "2", "--text-model", "text-embedding-3-large"
    )
    assert told["plan"]["limits"]["asr workers"] == 4
    assert told["what_if"]["limits"]["asr workers"] == 2
    assert told["plan"]["needs"]["usd"] == 0 < told["what_if"]["needs"]["usd"]
    assert "what_if" not in plan(fresh, "--hours", "100", "--gpu", "H100")


def test_twice_the_hours_take_twice_the_time(fresh: Whosaid) -> None:
    """Time, disk and questions to the site grow with the videos."""
    one, two = (plan(fresh, "--hours", hours, "--gpu", "L4") for hours in ("1000", "2000"))
    assert two["videos"] == 2 * one["videos"] == 4000
    assert two["plan"]["seconds"] == pytest.approx(2 * one["plan"]["seconds"], rel=0.01)
    assert two["plan"]["needs"]["disk"] == pytest.approx(2 * one["plan"]["needs"]["disk"], rel=0.01)


def test_a_site_that_is_asked_slowly_binds(fresh: Whosaid) -> None:
    """Ten thousand short videos of a site that bears five looks a minute take 33 hours, whatever the machine."""
    asked = ("--hours", "100", "--videos", "10000", "--gpu", "H100")
    told = plan(fresh, *asked)["plan"]
    assert told["seconds"] / 3600 == pytest.approx(10_000 / 5 / 60, rel=0.05)
    assert told["binds"]["limit"] == "requests per minute"
    assert told["needs"]["pace"] == pytest.approx(1.0, abs=0.05)
    assert plan(fresh, *asked, "--requests-per-minute", "0")["plan"]["needs"]["pace"] is None


def test_an_archive_plans_by_its_own_runs(whosaid: Whosaid) -> None:
    """Rates, the mean length of a video and the density of passages are those of the archive."""
    told = plan(whosaid, "--hours", "1")
    rates = {each["stage"]: each for each in told["rates"]}
    assert rates["transcribe"]["rate"] == pytest.approx(1.0)
    assert {each["origin"] for each in told["rates"]} == {"the last run of this machine"}
    assert told["videos"] == round(3600 / AUDIO)
    assert told["plan"]["needs"]["passages"] == pytest.approx(4 * 3600 / AUDIO, abs=1)
    assert told["plan"]["binds"]["limit"] != "slots of the GPU"


def test_another_gpu_is_not_planned_by_the_runs_of_this_machine(whosaid: Whosaid) -> None:
    """What this machine took says nothing of an H100."""
    told = plan(whosaid, "--hours", "1", "--gpu", "H100")
    assert "the last run of this machine" not in {each["origin"] for each in told["rates"]}


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        (["--profile", "best"], "error: no profile 'best': choose one of speed, balanced, quality, demo"),
        (["--gpu", "Voodoo"], "error: no GPU 'Voodoo' in the table: choose one of T4, "),
        (["--text-model", "glove"], "error: no text model 'glove': choose one of "),
        (["--asr-workers", "0"], "Invalid value for '--asr-workers'"),
        (["--videos-in-flight", "99"], "Invalid value for '--videos-in-flight'"),
        (["--hours", "0"], "Invalid value for '--hours'"),
    ],
)
def test_what_cannot_be_planned_is_said_in_one_line(fresh: Whosaid, wrong: list[str], message: str) -> None:
    """With the values there are, and without a traceback."""
    done = fresh("--hours", "10", *wrong)
    assert done.exit_code != 0
    assert message in done.output
    assert "Traceback" not in done.output
