"""OpenAI's text model, by its official client against a server on this machine that behaves like the API."""

from __future__ import annotations

import logging
import pickle
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import SecretStr

from tests.openai_server import KEY, Refusal, Service, serve_openai
from whosaid.engines import Account, Engines
from whosaid.errors import EngineError, FetchError, ServiceError, WhosaidError
from whosaid.text import OpenAi, Role, TextEmbedder, pricing
from whosaid.text.openai import TRIES
from whosaid.weights import Weights

SPEC = OpenAi(dimension=32)
NOW = {"Retry-After": "0.01"}


@pytest.fixture
def service() -> Iterator[Service]:
    with serve_openai() as running:
        yield running


@pytest.fixture
def engines(service: Service, tmp_path: Path) -> Iterator[Engines]:
    with Engines(Weights(tmp_path), openai=service.account) as opened:
        yield opened


@pytest.fixture
def embedder(engines: Engines) -> Iterator[TextEmbedder]:
    with engines.lease(SPEC) as engine:
        yield engine


def test_the_dimension_and_the_model_of_the_spec_are_asked_for(embedder: TextEmbedder, service: Service) -> None:
    """The service is asked to shorten its vectors; one request carries all texts of a video."""
    assert embedder.embed(["sleep", "walk"], Role.passage).shape == (2, 32)
    (body,) = service.bodies
    assert (body["model"], body["dimensions"], body["input"]) == ("text-embedding-3-large", 32, ["sleep", "walk"])


def test_rows_are_placed_by_their_index(embedder: TextEmbedder, service: Service) -> None:
    """An answer in another order gives every text its own vector."""
    usual = embedder.embed(["sleep", "walk", "eat"], Role.passage)
    service.twist = lambda answer: answer | {"data": answer["data"][::-1]}
    np.testing.assert_array_equal(embedder.embed(["sleep", "walk", "eat"], Role.passage), usual)


@pytest.mark.parametrize(
    "refusals",
    [
        [Refusal(429, "rate_limit_exceeded", headers=NOW)],
        [Refusal(500, headers=NOW), Refusal(503, headers=NOW)],
    ],
)
def test_what_may_pass_is_tried_again(embedder: TextEmbedder, service: Service, refusals: list[Refusal]) -> None:
    """A full quota per minute or a failing server is waited for as long as the service says."""
    service.refusals = list(refusals)
    assert embedder.embed(["sleep"], Role.passage).shape == (1, 32)
    assert len(service.bodies) == len(refusals) + 1


def test_the_pause_is_the_one_that_the_service_asks_for(
    embedder: TextEmbedder, service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Retry-After goes before the client's own pauses."""
    pauses: list[float] = []
    monkeypatch.setattr("openai._base_client.time.sleep", pauses.append)
    service.refusals = [Refusal(429, "rate_limit_exceeded", headers={"Retry-After": "17"})]
    embedder.embed(["sleep"], Role.passage)
    assert pauses == [17]


@pytest.mark.parametrize(
    ("refusal", "times", "error", "message"),
    [
        (Refusal(429, "rate_limit_exceeded", headers=NOW), TRIES + 1, FetchError, "try again later"),
        (Refusal(500, headers=NOW), TRIES + 1, FetchError, "try again later"),
        (Refusal(429, "insufficient_quota", headers=NOW), TRIES + 1, ServiceError, "no credit left"),
        (Refusal(400, "billing_hard_limit_reached"), 1, ServiceError, "no credit left"),
        (Refusal(403, "model_not_allowed"), 1, ServiceError, "refuses the key"),
        (Refusal(404, "model_not_found"), 1, ServiceError, "has no text-embedding-3-large"),
        (Refusal(400, None, "maximum context length is 8192 tokens"), 1, EngineError, "8192 tokens.*too long"),
    ],
)
def test_a_refusal_is_a_typed_error(
    embedder: TextEmbedder, service: Service, refusal: Refusal, times: int, error: type[WhosaidError], message: str
) -> None:
    """Each kind of refusal says what to do, and never are there vectors of another model instead."""
    service.refusals = [refusal] * times
    with pytest.raises(error, match=message):
        embedder.embed(["sleep"], Role.passage)
    assert len(service.bodies) == times


def test_an_unreachable_server_may_be_tried_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No connection is an error of the network, not of the text."""
    monkeypatch.setattr("openai._base_client.time.sleep", lambda _: None)
    with serve_openai() as gone:
        account = gone.account
    with (
        Engines(Weights(tmp_path), openai=account) as engines,
        engines.lease(SPEC) as embedder,
        pytest.raises(FetchError),
    ):
        embedder.embed(["sleep"], Role.passage)


@pytest.mark.parametrize(
    ("twist", "message"),
    [
        (lambda answer: answer | {"data": answer["data"][:1]}, "1 rows for 2 texts"),
        (lambda answer: answer | {"data": answer["data"] * 2}, "4 rows for 2 texts"),
        (lambda answer: answer | {"data": [row | {"index": 0} for row in answer["data"]]}, "2 rows for 2 texts"),
        (
            lambda answer: answer | {"data": [row | {"embedding": [1.0] * 48} for row in answer["data"]]},
            "48 places, not 32",
        ),
        (lambda answer: answer | {"data": []}, "another form"),
        (lambda answer: {"error": "none"}, "another form"),
        (lambda answer: answer | {"usage": None}, "another form"),
        (lambda answer: "<html>welcome</html>", "another form"),
    ],
)
def test_an_answer_that_is_not_of_the_api_is_refused(
    embedder: TextEmbedder, service: Service, twist: Any, message: str
):
    """Rows are never guessed; the error names the server."""
    service.twist = twist
    with pytest.raises(ServiceError, match=f"127.0.0.1 gives .*{message}"):
        embedder.embed(["sleep", "walk"], Role.passage)


@pytest.mark.parametrize("account", [Account(), Account(SecretStr(""))])
def test_no_key_is_an_error_with_the_remedy(tmp_path: Path, account: Account) -> None:
    """Nothing is asked without a key."""
    with (
        Engines(Weights(tmp_path), openai=account) as engines,
        pytest.raises(ServiceError, match="set WHOSAID_OPENAI_API_KEY, or save the block"),
        engines.lease(SPEC),
    ):
        pass


def test_an_address_that_is_none_is_refused(tmp_path: Path) -> None:
    """A base URL without a scheme is not tried seven times."""
    with (
        Engines(Weights(tmp_path), openai=Account(SecretStr(KEY), "localhost")) as engines,
        pytest.raises(ServiceError, match="does not begin with http"),
        engines.lease(SPEC),
    ):
        pass


def test_the_key_is_shown_nowhere(service: Service, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """Neither errors with what they come from, nor logs, nor representations carry it, though the server repeats it."""
    caplog.set_level(logging.DEBUG)
    wrong = "sk-wrong-9876543210"
    account = Account(SecretStr(wrong), service.address)
    with Engines(Weights(tmp_path), openai=account) as engines, engines.lease(SPEC) as embedder:
        with pytest.raises(ServiceError, match="refuses the key") as caught:
            embedder.embed(["sleep"], Role.passage)
        shown = [repr(account), repr(engines), repr(embedder), str(caught.value), caplog.text]
    assert caught.value.__cause__ is None
    assert caught.value.__suppress_context__
    assert not any(wrong in each for each in shown)
    assert wrong.encode() not in pickle.dumps(SPEC)


def test_a_server_that_repeats_the_key_is_not_quoted(embedder: TextEmbedder, service: Service) -> None:
    """What a server says of an error is told without the key."""
    service.refusals = [Refusal(404, None, f"not for {KEY}\nat all")]
    with pytest.raises(ServiceError, match=r"not for \*\*\* at all"):
        embedder.embed(["sleep"], Role.passage)


def test_what_is_prepared_is_asked_for_once(embedder: TextEmbedder, service: Service) -> None:
    """Vectors fetched ahead are handed out without another request, to the same texts alone."""
    embedder.prepare(["sleep", "walk"], Role.passage)
    embedder.embed(["sleep", "walk"], Role.passage)
    assert len(service.bodies) == 1
    embedder.embed(["sleep", "walk"], Role.passage)
    assert len(service.bodies) == 2


def test_many_texts_go_in_several_requests(embedder: TextEmbedder, service: Service) -> None:
    """No request has more texts than the API takes, and the rows keep their order."""
    texts = [f"word{i}" for i in range(2050)]
    vectors = embedder.embed(texts, Role.passage)
    assert [len(body["input"]) for body in service.bodies] == [2048, 2]
    np.testing.assert_allclose(vectors[-1:], embedder.embed(texts[-1:], Role.passage), atol=1e-6)


def test_the_price_is_told_before_and_after(
    embedder: TextEmbedder, service: Service, caplog: pytest.LogCaptureFixture
) -> None:
    """An estimate goes before the request, and what the service counted comes after it, with the sum so far."""
    caplog.set_level(logging.INFO, "whosaid.text")
    service.twist = lambda answer: answer | {"usage": {"prompt_tokens": 1_000_000, "total_tokens": 1_000_000}}
    embedder.embed(["a" * 300], Role.passage)
    embedder.embed(["a" * 300], Role.passage)
    before, after, _, last = (record.getMessage() for record in caplog.records if record.name == "whosaid.text")
    assert "at most about 100 tokens, 0.0000 USD" in before
    assert "1000000 tokens, 0.1300 USD; 0.1300 USD in all" in after
    assert "0.2600 USD in all" in last


def test_the_price_changes_no_key() -> None:
    """Another price is the same model; another dimension is not."""
    dearer, shorter = SPEC.model_copy(update={"usd_per_million_tokens": 9.0}), SPEC.model_copy(update={"dimension": 8})
    assert (dearer.fingerprint, dearer.model_key) == (SPEC.fingerprint, SPEC.model_key)
    assert shorter.fingerprint != SPEC.fingerprint
    assert OpenAi().model_key == "openai/text-embedding-3-large@1536"


@given(st.lists(st.text(max_size=20), max_size=30), st.integers(1, 5), st.integers(1, 40))
def test_requests_keep_to_both_limits(texts: list[str], most_texts: int, most_bytes: int) -> None:
    """Every text is in one request, in order; a request is over the limits only with a text that alone is."""
    parts = list(pricing.split_into_requests(texts, most_texts, most_bytes))
    assert [i for part in parts for i in part] == list(range(len(texts)))
    for part in parts:
        assert 1 <= len(part) <= most_texts
        assert len(part) == 1 or pricing.count_bytes([texts[i] for i in part]) <= most_bytes
