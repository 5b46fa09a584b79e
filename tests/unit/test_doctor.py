"""What the doctor says of a machine, sound or not."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import date
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from types import SimpleNamespace
from typing import Any

import pytest
from pydantic import SecretStr
from typer.testing import CliRunner

from whosaid import doctor, gpu
from whosaid.cli import app
from whosaid.doctor import Finding, State, Subject, examine, graphics, machine, models, observe, orchestration
from whosaid.doctor.archive import judge_pgvector
from whosaid.doctor.server import PrefectServer
from whosaid.errors import DeviceError
from whosaid.gpu import Gpu
from whosaid.profiles import BALANCED, DEMO, PROFILES, TEXT_MODELS, Profile
from whosaid.weights import digest_of

SECRET = "hush-0123456789"
GIB = 2**30


@pytest.fixture
def subject(tmp_path: Path) -> Subject:
    return Subject(BALANCED, tmp_path)


def _states(findings: Iterable[Finding]) -> list[State]:
    return [each.state for each in findings]


def _show_gpus(monkeypatch: pytest.MonkeyPatch, *found: Gpu) -> None:
    monkeypatch.setattr(gpu, "devices", lambda: found)


def test_a_check_that_crashes_is_something_missing(subject: Subject) -> None:
    """What was found before stays; the text of the crash, which may hold a secret, is not shown."""

    def check(_: Subject) -> Iterator[Finding]:
        yield doctor.ok("first", "seen")
        raise RuntimeError(SECRET)

    found = list(observe("second", check, subject))
    assert _states(found) == [State.ok, State.missing]
    assert "RuntimeError" in found[1].detail
    assert SECRET not in str(found)


def test_an_error_of_ours_gives_its_remedy(monkeypatch: pytest.MonkeyPatch, subject: Subject) -> None:
    """A driver that fails is missing, not absent, and the line says what helps."""

    def fail() -> tuple[Gpu, ...]:
        raise DeviceError("the driver does not answer: restart it")

    monkeypatch.setattr(gpu, "devices", fail)
    assert list(observe("GPU", graphics.check_gpus, subject)) == [
        Finding("GPU", State.missing, "the driver does not answer", "restart it")
    ]


def test_no_gpu_is_a_warning_unless_one_is_asked_for(monkeypatch: pytest.MonkeyPatch, subject: Subject) -> None:
    """`auto` goes on without a GPU; `cuda` does not."""
    _show_gpus(monkeypatch)
    assert _states(graphics.check_gpus(subject)) == [State.warning]
    profile = BALANCED.model_copy(update={"asr": BALANCED.asr.model_copy(update={"device": "cuda"})})
    assert _states(graphics.check_gpus(replace(subject, profile=profile))) == [State.missing]


@pytest.mark.parametrize(
    ("total", "used", "state"),
    [(80, 0, State.ok), (8, 0, State.warning), (80, 75, State.warning), (4, 0, State.missing)],
)
def test_weights_are_held_against_the_memory(
    monkeypatch: pytest.MonkeyPatch, subject: Subject, total: int, used: int, state: State
) -> None:
    """Balanced has about 4.8 GiB of weights: more than half of what is free is tight, more than there is cannot be."""
    _show_gpus(monkeypatch, Gpu(0, "a GPU", total * GIB, used * GIB))
    (found,) = graphics.check_memory(subject)
    assert found.state is state
    assert "estimated" in found.detail


def test_a_model_of_unknown_size_is_not_taken_for_nothing(monkeypatch: pytest.MonkeyPatch, subject: Subject) -> None:
    """Where parameters are not known there is no ok."""
    _show_gpus(monkeypatch, Gpu(0, "a GPU", 80 * GIB, 0))
    (found,) = graphics.check_memory(replace(subject, profile=DEMO))
    assert found.state is State.warning
    assert DEMO.voices.model in found.detail  # pyright: ignore[reportAttributeAccessIssue]


@pytest.mark.parametrize("profile", [each for each in PROFILES.values() if each is not DEMO], ids=lambda p: p.name)
def test_the_parameters_of_all_large_models_are_known(profile: Profile) -> None:
    """A model that a profile takes up is one whose memory can be estimated."""
    assert models.weights_on_gpu(profile)[1] == ()


def test_the_loader_is_asked_as_ctranslate2_asks_it(monkeypatch: pytest.MonkeyPatch, subject: Subject) -> None:
    """A library that the loader does not find is named, beside the folders that have it."""
    assert graphics.can_load("libc.so.6")
    assert not graphics.can_load("libwhosaid-is-no-library.so.12")
    _show_gpus(monkeypatch, Gpu(0, "a GPU", GIB, 0))
    monkeypatch.setattr(graphics, "can_load", lambda library: "cudnn" in library)  # pyright: ignore[reportUnknownLambdaType, reportUnknownArgumentType]
    (found,) = graphics.check_ctranslate2(subject)
    assert found.state is State.missing
    assert "libcublas.so.12" in found.detail
    assert "LD_LIBRARY_PATH" in found.remedy


@pytest.mark.parametrize(("free", "state"), [(200e9, State.ok), (5e9, State.warning), (1e6, State.missing)])
def test_room_is_counted_in_hours(monkeypatch: pytest.MonkeyPatch, subject: Subject, free: float, state: State) -> None:
    """Also for a data directory that is not there yet."""
    monkeypatch.setattr(machine.shutil, "disk_usage", lambda _: SimpleNamespace(free=free))  # pyright: ignore[reportUnknownLambdaType, reportUnknownArgumentType]
    (found,) = machine.check_disk(replace(subject, home=subject.home / "not" / "yet"))
    assert found.state is state


@pytest.mark.parametrize(("day", "state"), [(date(2026, 8, 1), State.ok), (date(2026, 10, 1), State.warning)])
def test_an_old_ytdlp_is_a_warning(monkeypatch: pytest.MonkeyPatch, subject: Subject, day: date, state: State) -> None:
    """60 days are the limit."""
    monkeypatch.setattr(machine.metadata, "version", lambda _: "2026.07.20")  # pyright: ignore[reportUnknownLambdaType, reportUnknownArgumentType]
    monkeypatch.setattr(machine, "today", lambda: day)
    assert _states(machine.check_ytdlp(subject)) == [state]


def test_node_is_no_deno(monkeypatch: pytest.MonkeyPatch, subject: Subject, tmp_path: Path) -> None:
    """yt-dlp takes deno without being told, and node only when it is."""
    monkeypatch.setenv("PATH", str(tmp_path))
    for name, state in (("node", State.warning), ("deno", State.ok)):
        (tmp_path / name).touch(mode=0o755)
        assert _states(machine.check_javascript(subject)) == [state]


def test_weights_are_looked_for_and_not_fetched(tmp_path: Path) -> None:
    """The pinned folder is ok, another one is missing."""
    folder = tmp_path / "models" / "tiny"
    folder.mkdir(parents=True)
    (folder / "weights.bin").write_bytes(b"\x00")
    for revision, state in ((digest_of(folder), State.ok), ("sha256:0", State.missing)):
        text = TEXT_MODELS["BAAI/bge-base-en-v1.5"].model_copy(update={"model": "tiny", "revision": revision})
        profile = BALANCED.model_copy(update={"text": text})
        found = {each.name: each for each in models.check_weights(Subject(profile, tmp_path))}
        assert found["weights of tiny"].state is state


def test_gated_weights_need_a_token(subject: Subject) -> None:
    """Weights that the hub gives to all are only not here yet."""
    for token, state in ((None, State.missing), (SecretStr(SECRET), State.warning)):
        found = {each.name: each for each in models.check_weights(replace(subject, hub_token=token))}
        assert found["weights of pyannote/speaker-diarization-community-1"].state is state
        assert found["weights of speechbrain/spkrec-ecapa-voxceleb"].state is State.warning


def test_a_download_that_broke_off_is_no_weights(subject: Subject) -> None:
    """The hub's library takes a folder with files missing for a whole one."""
    spec = BALANCED.voices
    repository = subject.home / "models" / ".hub" / "models--speechbrain--spkrec-ecapa-voxceleb"
    (repository / "snapshots" / spec.revision).mkdir(parents=True)  # pyright: ignore[reportAttributeAccessIssue]
    (repository / "blobs").mkdir()
    name = "weights of speechbrain/spkrec-ecapa-voxceleb"
    assert {each.name: each for each in models.check_weights(subject)}[name].state is State.ok
    (repository / "blobs" / "0.incomplete").touch()
    assert {each.name: each for each in models.check_weights(subject)}[name].state is State.missing


def test_a_service_needs_a_key(subject: Subject) -> None:
    """Only where the profile's text model is a service's."""
    assert models.check_openai(subject) == ()
    paid = replace(subject, profile=BALANCED.model_copy(update={"text": TEXT_MODELS["text-embedding-3-large"]}))
    assert _states(models.check_openai(paid)) == [State.missing]
    assert _states(models.check_openai(replace(paid, openai_key=SecretStr(SECRET)))) == [State.ok]


@pytest.mark.parametrize(
    ("installed", "available", "state"),
    [
        ("0.8.1", "0.8.1", State.ok),
        (None, "0.10.0", State.ok),
        ("0.7.4", "0.8.0", State.missing),
        (None, None, State.missing),
    ],
)
def test_pgvector_is_judged_by_what_the_database_has(
    installed: str | None, available: str | None, state: State
) -> None:
    """A newer one on the server does not help a database that holds the older."""
    assert judge_pgvector(installed, available).state is state


@pytest.fixture
def answers() -> dict[str, Any]:
    """What the server that stands for Prefect answers by path; anything else it does not know."""
    types = (
        f"/api/block_types/slug/whosaid-{name}"
        for name in ("archive-database", "media-store", "hub-token", "openai-key", "site-cookies")
    )
    limits = {
        f"/api/v2/concurrency_limits/tag:{tag}": {"limit": n, "active": True} for tag, n in BALANCED.limits.items()
    }
    return {"/api/health": True, **limits, **{each: {} for each in types}}


@pytest.fixture
def prefect(answers: dict[str, Any]) -> Iterator[PrefectServer]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            answer = answers.get(self.path)
            self.send_response(404 if answer is None else 200)
            self.end_headers()
            self.wfile.write(json.dumps(answer).encode())

        def log_message(self, *_: object) -> None:  # pyright: ignore[reportIncompatibleMethodOverride]
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        yield PrefectServer(SecretStr(f"http://127.0.0.1:{server.server_port}/api"), SecretStr(SECRET))
        server.shutdown()


def _ask(subject: Subject) -> list[State]:
    checks = (orchestration.check_server, orchestration.check_limits, orchestration.check_blocks)
    return [each.state for check in checks for each in observe("Prefect", check, subject)]


def test_a_server_is_asked_for_limits_and_blocks(
    subject: Subject, prefect: PrefectServer, answers: dict[str, Any]
) -> None:
    """No limit is worse than another one; types that are not registered cost only their forms."""
    asked = replace(subject, server=prefect)
    assert _ask(asked) == [State.ok, State.ok, State.ok]
    answers["/api/v2/concurrency_limits/tag:asr"] = {"limit": 1, "active": True}
    del answers["/api/block_types/slug/whosaid-hub-token"]
    assert _ask(asked) == [State.ok, State.warning, State.warning]
    answers["/api/v2/concurrency_limits/tag:asr"] = {"limit": 4, "active": False}
    assert _ask(asked) == [State.ok, State.missing, State.warning]


def test_a_token_in_a_block_counts(subject: Subject, prefect: PrefectServer, answers: dict[str, Any]) -> None:
    """A worker reads the block where its environment has no token."""
    assert not replace(subject, server=prefect).saved("whosaid-hub-token")
    answers["/api/block_types/slug/whosaid-hub-token/block_documents/name/default"] = {}
    assert replace(subject, server=prefect).saved("whosaid-hub-token")


@pytest.mark.parametrize("address", ["http://user:{}@127.0.0.1:1/api", "file:///{}", "http://[{}", "http://a b{}/api"])
def test_a_server_that_cannot_be_asked_is_missing(subject: Subject, address: str) -> None:
    """No server is a warning, one that gives no answer is missing; its password is never shown."""
    assert _ask(subject) == [State.warning]
    broken = replace(subject, server=PrefectServer(SecretStr(address.format(SECRET))))
    found = list(observe("Prefect", orchestration.check_server, broken))
    assert _states(found) == [State.missing]
    assert f"{SECRET}@" not in str(found)


def test_the_command_ends_with_one_where_something_is_missing(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Every line that is not ok has a remedy, in JSON as in text, and no secret is in any."""
    _show_gpus(monkeypatch)
    call = ["doctor", "--home", str(tmp_path), "--profile", "balanced"]
    environment = {"WHOSAID_OPENAI_API_KEY": SECRET, "PREFECT_API_URL": "", "WHOSAID_DATABASE_URL": ""}
    told = CliRunner().invoke(app, [*call, "--json"], env=environment)
    assert told.exit_code == 1, told.output
    assert all(each["remedy"] for each in json.loads(told.output) if each["state"] != "ok")
    shown = CliRunner().invoke(app, call, env=environment)
    assert len(shown.output.splitlines()) == len(json.loads(told.output))
    assert SECRET not in told.output + shown.output
    monkeypatch.setattr(doctor, "_checks", lambda: (("Python", machine.check_python),))
    assert CliRunner().invoke(app, call, env=environment).exit_code == 0


def test_nothing_is_made_by_looking(monkeypatch: pytest.MonkeyPatch, subject: Subject) -> None:
    """An examination leaves an empty data directory empty."""
    _show_gpus(monkeypatch)
    assert examine(subject)
    assert not list(subject.home.iterdir())
