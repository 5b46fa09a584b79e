"""Engines are lent: loaded once, shared, evicted by budget, closed."""

import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from whosaid import engines, gpu, metrics
from whosaid.asr import FasterWhisper
from whosaid.engines import Engines, Host
from whosaid.errors import DeviceError, WeightsError
from whosaid.text import ScriptedText, SentenceTransformer
from whosaid.weights import Weights


@dataclass
class Model:
    device: str = "cpu"
    closed: bool = False

    def close(self) -> None:
        self.closed = True


@dataclass(frozen=True)
class Recipe:
    """A spec that counts how often it is loaded; each takes 100 bytes of the counted memory."""

    fingerprint: str
    memory: list[int] = field(compare=False, default_factory=lambda: [0])
    made: list[Model] = field(compare=False, default_factory=list[Model])
    workers: int = 1

    def load(self, host: Host) -> Model:
        self.memory[0] += 100
        self.made.append(Model())
        return self.made[-1]


@pytest.fixture
def memory(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    used = [0]
    monkeypatch.setattr(gpu, "memory_used", lambda: used[0])
    return used


@pytest.fixture
def lent(tmp_path: Path) -> Iterator[Engines]:
    with Engines(Weights(tmp_path), "cpu") as opened:
        yield opened


def test_an_engine_is_loaded_once(lent: Engines) -> None:
    """Equal specs share one engine, whoever asks and however often."""
    recipe = Recipe("a")
    with lent.lease(recipe) as first:
        pass
    with lent.lease(Recipe("a")) as second:
        pass
    assert first is second
    assert len(recipe.made) == 1
    assert lent.loaded_names == ["Recipe on cpu"]


def test_threads_share_one_engine(lent: Engines) -> None:
    """Threads that ask at the same time cause one load."""
    recipe = Recipe("a", workers=8)

    def use(_: int) -> Model:
        with lent.lease(recipe) as model:
            return model

    with ThreadPoolExecutor(8) as pool:
        assert len({id(model) for model in pool.map(use, range(32))}) == 1
    assert len(recipe.made) == 1


def test_workers_limit_the_users(lent: Engines) -> None:
    """Never more threads inside a lease than the spec has workers, and as many as that."""
    recipe, now, most, lock = Recipe("a", workers=2), 0, 0, threading.Lock()

    def use(_: int) -> None:
        nonlocal now, most
        with lent.lease(recipe):
            with lock:
                now += 1
                most = max(most, now)
            time.sleep(0.02)
            with lock:
                now -= 1

    with ThreadPoolExecutor(6) as pool:
        list(pool.map(use, range(12)))
    assert most == 2


def test_leaving_closes_all(tmp_path: Path) -> None:
    """The end of the block gives every engine's memory back, also after an error."""
    recipe = Recipe("a")

    def fail() -> None:
        with Engines(Weights(tmp_path)) as opened, opened.lease(recipe):
            raise RuntimeError("stage")

    with pytest.raises(RuntimeError, match="stage"):
        fail()
    assert recipe.made[0].closed


def test_the_budget_evicts_the_least_recently_used(tmp_path: Path, memory: list[int]) -> None:
    """Over budget the idle engine that was used longest ago goes; it is loaded anew when asked for."""
    recipes = [Recipe(name, memory) for name in "abc"]
    with Engines(Weights(tmp_path), budget=200) as opened:
        for recipe in (recipes[0], recipes[1], recipes[0], recipes[2]):
            with opened.lease(recipe):
                pass
        assert [recipe.made[0].closed for recipe in recipes] == [False, True, False]
        with opened.lease(recipes[1]):
            assert len(recipes[1].made) == 2


def test_an_engine_in_use_is_never_evicted(tmp_path: Path, memory: list[int]) -> None:
    """A lease holds its engine, however far over budget; it goes when it is given back."""
    first, second = Recipe("a", memory), Recipe("b", memory)
    with Engines(Weights(tmp_path), budget=50) as opened, opened.lease(first):
        with opened.lease(second):
            assert [each.made[0].closed for each in (first, second)] == [False, False]
        assert [each.made[0].closed for each in (first, second)] == [False, True]


def test_a_failed_load_leaves_nothing_behind(lent: Engines) -> None:
    """The error reaches the caller, and the next lease tries again."""
    spec = SentenceTransformer(model="absent", revision="sha256:0", dimension=8)
    for _ in range(2):
        with pytest.raises(WeightsError, match="no weights of absent"), lent.lease(spec):
            pass
    assert lent.loaded_names == []


def test_loading_and_device_are_noted(lent: Engines) -> None:
    """The stage's stopwatch knows the time of the load and where the engine is."""
    with metrics.stopwatch() as watch, lent.lease(ScriptedText()):
        pass
    assert watch.device == "cpu"
    assert watch.loading > 0


def test_waiting_for_a_slot_is_noted(lent: Engines) -> None:
    """Time spent behind another user of the engine counts as waiting, not as computing."""
    recipe, inside, waits = Recipe("a"), threading.Event(), list[float]()

    def second() -> None:
        inside.wait()
        with metrics.stopwatch() as watch, lent.lease(recipe):
            waits.append(watch.waited)

    thread = threading.Thread(target=second)
    thread.start()
    with lent.lease(recipe):
        inside.set()
        time.sleep(0.2)
    thread.join()
    assert waits[0] >= 0.1


def test_speed_is_not_in_the_fingerprint() -> None:
    """Device, workers and batch sizes change no output, so they change no key."""
    spec = FasterWhisper(model="m", revision="r")
    fast = spec.model_copy(update={"device": "cuda", "workers": 4, "batch_size": 64})
    assert fast.fingerprint == spec.fingerprint


@pytest.mark.parametrize("change", [{"model": "n"}, {"revision": "s"}, {"beam_size": 1}, {"language": None}])
def test_quality_is_in_the_fingerprint(change: dict[str, object]) -> None:
    """Whatever changes the output changes the key."""
    spec = FasterWhisper(model="m", revision="r")
    assert spec.model_copy(update=change).fingerprint != spec.fingerprint


def test_two_kinds_of_spec_never_share_a_fingerprint() -> None:
    """The kind of the spec is part of the key."""

    class Other(ScriptedText):
        pass

    assert Other().fingerprint != ScriptedText().fingerprint


def test_a_missing_gpu_is_an_error_where_it_is_asked_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """`cuda` never becomes the CPU; `auto` may, and the engine says so."""
    monkeypatch.setattr(gpu, "devices", lambda: ())
    host = Host(Weights(tmp_path), Engines(Weights(tmp_path)))
    assert host.device("auto") == "cpu"
    with pytest.raises(DeviceError, match="shows no GPU"):
        host.device("cuda")
    with pytest.raises(DeviceError):
        Host(Weights(tmp_path), Engines(Weights(tmp_path)), "cuda").device("auto")


def test_a_gpu_is_used_unless_the_cpu_is_asked_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The spec's own policy goes before that of the process."""
    monkeypatch.setattr(gpu, "devices", lambda: (gpu.Gpu(0, "a", 1, 0),))
    host = engines.Host(Weights(tmp_path), Engines(Weights(tmp_path)))
    assert (host.device("auto"), host.device("cuda"), host.device("cpu")) == ("cuda", "cuda", "cpu")
