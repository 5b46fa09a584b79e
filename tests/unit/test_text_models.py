"""The text models of the profiles, on small random weights of their real architectures."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from sentence_transformers import SentenceTransformer as Model
from transformers import (
    AutoConfig,
    AutoModel,
    BertConfig,
    BertModel,
    PreTrainedModel,
    Qwen2Config,
    Qwen2ForCausalLM,
    Qwen3Config,
    Qwen3Model,
)

from tests.random_models import END, make_bert_tokenizer, make_qwen_tokenizer, save_model
from whosaid.engines import Engines
from whosaid.errors import WeightsError
from whosaid.profiles import TEXT_MODELS, text_spec
from whosaid.text import Role, SentenceTransformer, TextEmbedder
from whosaid.text.loading import load_tokenizer
from whosaid.text.sentence_transformers import SentenceTransformerEmbedder
from whosaid.weights import Weights, digest_of

SIZE = 32
TEXTS = ("Sleep for eight hours.", "a", "Walk every day, then rest. " * 6, "Brot und Öl")
QUERY = "Instruct: Given a web search query, retrieve relevant passages that answer the query\nQuery:"
GTE, QWEN3, BGE, MINILM = (
    "Alibaba-NLP/gte-Qwen2-1.5B-instruct",
    "Qwen/Qwen3-Embedding-0.6B",
    "BAAI/bge-base-en-v1.5",
    "sentence-transformers/all-MiniLM-L6-v2",
)


def make_model(name: str) -> tuple[PreTrainedModel, Any, str]:
    """Make small random weights as those of a model are saved, their tokenizer, and how they are pooled."""
    shape: dict[str, Any] = {"hidden_size": SIZE, "intermediate_size": 64, "num_hidden_layers": 2, "vocab_size": 300}
    heads = {"num_attention_heads": 4, "num_key_value_heads": 2, "head_dim": 8}
    if name == GTE:  # saved with a head for tokens, and with a configuration that says nothing of its attention
        return Qwen2ForCausalLM(Qwen2Config(**shape, **heads)), make_qwen_tokenizer(), "lasttoken"
    if name == QWEN3:
        return Qwen3Model(Qwen3Config(**shape, **heads)), make_qwen_tokenizer(), "lasttoken"
    config = BertConfig(**shape, num_attention_heads=4, max_position_embeddings=512)
    return BertModel(config), make_bert_tokenizer(), "mean" if name == MINILM else "cls"


def save_with_trap(name: str, folder: Path) -> None:
    """Save small weights with code beside them that must not run."""
    torch.manual_seed(5)
    save_model(*make_model(name), folder / name)
    file = folder / name / "config.json"
    trap = {"AutoModel": "modeling.Trap", "AutoConfig": "modeling.Trap"}
    file.write_text(json.dumps(json.loads(file.read_text()) | {"auto_map": trap}))
    (folder / name / "modeling.py").write_text("raise SystemExit('code that came with weights was run')")


def shrink(name: str, folder: Path) -> SentenceTransformer:
    """Return the spec of a model with the weights in a folder in place of the pinned ones."""
    spec = TEXT_MODELS[name]
    assert isinstance(spec, SentenceTransformer)
    return spec.model_copy(update={"revision": digest_of(folder / name), "dimension": SIZE, "device": "cpu"})


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("models")
    for name in (GTE, QWEN3, BGE, MINILM):
        save_with_trap(name, root)
    return root


@pytest.fixture
def engines(folder: Path) -> Iterator[Engines]:
    with Engines(Weights(folder, offline=True), "cpu") as opened:
        yield opened


@pytest.fixture(params=[GTE, QWEN3, BGE, MINILM])
def name(request: pytest.FixtureRequest) -> str:
    return request.param


@pytest.fixture
def embedder(name: str, folder: Path, engines: Engines) -> Iterator[TextEmbedder]:
    with engines.lease(shrink(name, folder)) as engine:
        yield engine


def pool(states: torch.Tensor, name: str) -> torch.Tensor:
    """Return the vector of a text from (tokens, places), as the card of the model says."""
    return {GTE: states[-1], QWEN3: states[-1], BGE: states[0], MINILM: states.mean(dim=0)}[name]


def test_vectors_are_those_of_the_card(name: str, folder: Path, embedder: TextEmbedder) -> None:
    """One text after the other by hand: end token, attention to all or to what came before, pooling, length 1."""
    config = AutoConfig.from_pretrained(folder / name)
    config.is_causal = name == QWEN3
    by_hand = AutoModel.from_pretrained(folder / name, config=config).eval()
    tokenizer = make_qwen_tokenizer() if name in {GTE, QWEN3} else make_bert_tokenizer()
    ends = [tokenizer.convert_tokens_to_ids(END)] if name in {GTE, QWEN3} else []
    vectors = embedder.embed(TEXTS, Role.passage)
    for text, vector in zip(TEXTS, vectors, strict=True):
        ids = torch.tensor([tokenizer(text)["input_ids"] + ends])
        with torch.inference_mode():
            expected = pool(by_hand(input_ids=ids).last_hidden_state[0], name)
        np.testing.assert_allclose(vector, torch.nn.functional.normalize(expected, dim=0), atol=1e-5)


@pytest.mark.parametrize(
    ("model", "prompt"),
    [
        (GTE, f"{QUERY} "),
        (QWEN3, QUERY),
        (BGE, "Represent this sentence for searching relevant passages: "),
        (MINILM, ""),
    ],
)
def test_a_query_is_prompted_as_the_card_says(model: str, prompt: str, folder: Path, engines: Engines) -> None:
    """A question goes behind the prompt of the model, a passage behind none."""
    with engines.lease(shrink(model, folder)) as embedder:
        prompted, plain = embedder.embed(["sleep"], Role.query), embedder.embed([f"{prompt}sleep"], Role.passage)
    np.testing.assert_allclose(prompted, plain, atol=1e-6)


def test_a_vector_does_not_depend_on_its_batch(embedder: TextEmbedder) -> None:
    """Padding is seen by no architecture, whichever way its attention goes."""
    alone = np.concatenate([embedder.embed([text], Role.passage) for text in TEXTS])
    np.testing.assert_allclose((embedder.embed(TEXTS, Role.passage) * alone).sum(axis=1), 1, atol=1e-5)


def test_half_precision_changes_no_meaning(
    name: str, folder: Path, embedder: TextEmbedder, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In bfloat16, as on a GPU, vectors are within 1e-3 cosine of single precision, and the engine says so."""
    monkeypatch.setattr("whosaid.text.loading._dtype", lambda device: torch.bfloat16)
    with Engines(Weights(folder, offline=True), "cpu") as engines, engines.lease(shrink(name, folder)) as half:
        assert isinstance(half, SentenceTransformerEmbedder)
        assert half.dtype == "bfloat16"
        vectors = half.embed(TEXTS, Role.passage)
    assert vectors.dtype == np.float32
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)
    np.testing.assert_array_less(0.999, (vectors * embedder.embed(TEXTS, Role.passage)).sum(axis=1))


def test_the_end_token_is_there_once_and_survives_the_cut(folder: Path) -> None:
    """However long the text, the token that is pooled stands at its end, and the limit holds."""
    spec = shrink(GTE, folder).model_copy(update={"max_tokens": 10})
    model = Model(str(folder / GTE), device="cpu")
    model.max_seq_length = 10
    tokenizer = load_tokenizer(model, spec)
    end = tokenizer.token_to_id(END)
    ids = [tokenizer.encode(text).ids for text in ("a", "a" * 9, "a" * 50)]
    assert [len(each) for each in ids] == [2, 10, 10]
    assert all(each.count(end) == 1 and each[-1] == end for each in ids)


def test_an_end_token_that_the_weights_lack_is_refused(folder: Path, engines: Engines) -> None:
    """Pooling a token that is not there would be silent nonsense."""
    spec = shrink(BGE, folder).model_copy(update={"end_token": END})
    with pytest.raises(WeightsError, match="has no token"), engines.lease(spec):
        pass


def test_every_model_of_the_profiles_is_found_by_its_key() -> None:
    """An archive names its model by key; each key belongs to one spec."""
    assert {model: text_spec(spec.model_key) for model, spec in TEXT_MODELS.items()} == TEXT_MODELS
    assert {model: spec.dimension for model, spec in TEXT_MODELS.items()} == {
        "sentence-transformers/all-MiniLM-L6-v2": 384,
        "BAAI/bge-small-en-v1.5": 384,
        "BAAI/bge-base-en-v1.5": 768,
        "Qwen/Qwen3-Embedding-0.6B": 1024,
        "Alibaba-NLP/gte-Qwen2-1.5B-instruct": 1536,
        "text-embedding-3-large": 1536,
    }
