"""OpenAI's text model in a run: where its key comes from, that it shows nowhere, that no GPU waits for the service."""

from __future__ import annotations

import json
from collections.abc import Generator
from pathlib import Path

import pytest
from pydantic import SecretStr
from typer.testing import CliRunner, Result

from blocks.openai import OpenAiKey
from blocks.settings import Settings, resolve_settings
from flows.console import run_here
from flows.limits import set_limits
from tests.flows.scripted import overrides, record
from tests.openai_server import KEY, Service, serve_openai
from whosaid.cli import app
from whosaid.profiles import BALANCED
from whosaid.text import OpenAi
from whosaid.text.openai import OpenAiEmbedder

ADDRESS = "http://127.0.0.1:1/v1"


@pytest.fixture
def service(monkeypatch: pytest.MonkeyPatch) -> Generator[Service]:
    with serve_openai() as running:
        monkeypatch.setenv("WHOSAID_OPENAI_API_KEY", KEY)
        monkeypatch.setenv("WHOSAID_OPENAI_BASE_URL", running.address)
        yield running


@pytest.fixture
async def block() -> None:
    await OpenAiKey(key=SecretStr("sk-of-the-block"), base_url=ADDRESS).save("default", overwrite=True)


def origin(settings: Settings) -> str:
    return next(each.origin for each in settings.origins if each.name == "OpenAI key")


async def test_a_key_comes_from_the_block(home: Path, block: None) -> None:
    """Without a key in the environment, the block's goes to the block's server; its origin is told and it is not."""
    settings = await resolve_settings()
    assert settings.openai.key is not None
    assert (settings.openai.key.get_secret_value(), settings.openai.base_url) == ("sk-of-the-block", ADDRESS)
    assert origin(settings) == "block"
    assert "sk-of" not in f"{settings} {settings!r}"


async def test_the_environment_goes_before_the_block(home: Path, block: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """The worker's own key is not sent to the server that the block names."""
    monkeypatch.setenv("WHOSAID_OPENAI_API_KEY", "sk-of-the-worker")
    settings = await resolve_settings()
    assert settings.openai.key is not None
    assert (settings.openai.key.get_secret_value(), settings.openai.base_url) == ("sk-of-the-worker", None)
    assert origin(settings) == "environment"


async def test_a_run_embeds_by_the_service(
    home: Path, tmp_path: Path, service: Service, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    """Passages are fetched before the slot of the GPU is asked for, once, and found again; the key is nowhere."""
    await set_limits(BALANCED.limits)
    record(tmp_path / "channel" / "speech.wav", 6.0)
    chosen = overrides().model_copy(update={"text": OpenAi()})
    with monkeypatch.context() as patch:
        patch.setattr(OpenAiEmbedder, "embed", lambda self, texts, role: self._ahead.take(texts, role).vectors)
        summary = await run_here(str(tmp_path / "channel"), "balanced", None, chosen)
    assert [each.state for each in summary.outcomes] == ["done"]
    assert len(service.bodies) == 1
    written = [file.read_bytes() for file in home.rglob("*") if file.is_file() and "postgres" not in file.parts]
    assert written
    assert not any(KEY.encode() in each for each in written)
    assert KEY not in "".join(capfd.readouterr())
    hits = json.loads(search().stdout)
    assert len(hits) == 2
    assert all("Sleep comes" in hit["text"] for hit in hits)
    assert [len(body["input"]) for body in service.bodies] == [2, 1]
    monkeypatch.delenv("WHOSAID_OPENAI_API_KEY")
    refused = search()
    assert refused.exit_code == 1
    assert refused.stderr.startswith("error: text-embedding-3-large needs a key of the OpenAI API: set WHOSAID_")


def search() -> Result:
    """Ask on the command line."""
    return CliRunner().invoke(app, ["search", "when does sleep come", "--json"])
