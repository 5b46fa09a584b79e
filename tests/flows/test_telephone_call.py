"""A real call through the demo's engines: 30 s of two speakers, with RTTM and STM, that pyannote.audio brings along.

The demo's weights have heard synthetic voices with a small vocabulary, at that: what they make of a call on the
telephone is no transcript. The test holds that the path and the measures take it, not that the figures are good.
"""

from __future__ import annotations

import asyncio
import json
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from deployments.bootstrap import bootstrap
from deployments.demo.home import furnish
from flows.console import run_here
from whosaid.cli import app
from whosaid.profiles import DEMO
from whosaid.types import RunSummary, VideoState

pytestmark = pytest.mark.timeout(300)


def find_sample() -> Path:
    """Return the folder of the recording and its references."""
    package = find_spec("pyannote.audio")
    assert package is not None
    assert package.origin is not None
    return Path(package.origin).parent / "sample"


async def ingest(folder: Path, home: Path) -> RunSummary:
    furnish(home)
    await bootstrap(DEMO)
    return await run_here(str(folder), "demo")


def evaluate(folder: Path, home: Path) -> dict[str, Any]:
    result = CliRunner().invoke(app, ["eval", str(folder), "--home", str(home), "--json"])
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


def test_a_real_call_runs_through_and_is_measured(home: Path) -> None:
    """The recording is found by the name of its file; turns are measured by RTTM, words by STM, names not at all."""
    sample = find_sample()
    (outcome,) = asyncio.run(ingest(sample, home)).outcomes
    assert outcome.state is VideoState.done
    found = evaluate(sample, home)
    assert [each["episode"] for each in found["episodes"]] == ["sample"]
    assert found["words"] == 81
    assert found["speech"] == pytest.approx(19.82, abs=0.01)
    assert all(found[measure] >= 0 for measure in ("wer", "cpwer", "der"))
    assert 0 <= found["speaker_accuracy"] <= 1
    assert (found["name_accuracy"], found["eer"]) == (None, None)
