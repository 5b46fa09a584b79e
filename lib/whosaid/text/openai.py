"""Text vectors by the OpenAI API. Its official client waits and tries again where the service asks for it."""

from __future__ import annotations

import logging
import threading
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final, Self

import numpy as np
import openai
from openai.types import CreateEmbeddingResponse
from pydantic import SecretStr

from whosaid import budget, metrics
from whosaid.engines import Host
from whosaid.errors import EngineError, FetchError, ServiceError, WhosaidError
from whosaid.text import OpenAi, Role, pricing
from whosaid.text.ahead import Ahead
from whosaid.text.normalizing import normalize
from whosaid.types import Vectors

ADDRESS: Final = "https://api.openai.com/v1"
MOST_TEXTS: Final = 2_048  # a request
MOST_BYTES: Final = 300_000  # a request may have as many tokens, and no token is shorter than a byte
TRIES: Final = 6  # after the first; with the client's pauses that double up to 8 s, about 25 s
TIMEOUT: Final = 60.0  # seconds a request
NO_CREDIT: Final = {"insufficient_quota", "billing_hard_limit_reached", "billing_not_active"}
logger = logging.getLogger("whosaid.text")


@dataclass(frozen=True, slots=True, eq=False)
class _Answered:
    """What the service made of texts, which were so many tokens, in so many requests."""

    vectors: Vectors
    tokens: int
    requests: int


@dataclass(slots=True)
class OpenAiEmbedder:
    """Asks the service; `prepare` does so ahead, so that no GPU waits for the network.

    A text longer than the 8,191 tokens that the service reads is refused by it and never cut: an EngineError.
    """

    spec: OpenAi
    _client: openai.OpenAI
    _key: SecretStr
    device: str = "service"
    _spent: float = 0.0  # US dollars, since it was loaded
    _ahead: Ahead[_Answered] = field(default_factory=Ahead[_Answered])
    _lock: threading.Lock = field(default_factory=threading.Lock)

    @classmethod
    def load(cls, spec: OpenAi, host: Host) -> Self:
        """Open a client; ServiceError where there is no key."""
        key, address = host.openai.key, host.openai.base_url or ADDRESS
        if key is None or not key.get_secret_value():
            raise ServiceError(
                f"{spec.model} needs a key of the OpenAI API: set WHOSAID_OPENAI_API_KEY, "
                "or save the block whosaid-openai-key/default"
            )
        if not address.startswith(("http://", "https://")):
            raise ServiceError("the base URL of the OpenAI API does not begin with http:// or https://: correct it")
        client = openai.OpenAI(api_key=key.get_secret_value(), base_url=address, max_retries=TRIES, timeout=TIMEOUT)
        return cls(spec, client, key)

    def prepare(self, texts: Sequence[str], role: Role) -> None:
        """Fetch the vectors of texts ahead of `embed`."""
        self._ahead.put(texts, role, self._fetch(texts))

    def embed(self, texts: Sequence[str], role: Role) -> Vectors:
        """Return (texts, dimension) float32, rows of length 1 in the order of the texts; roles make no difference.

        ServiceError where the service refuses for good, FetchError where it may not the next time, EngineError where
        it refuses these texts.
        """
        answered = self._ahead.take(texts, role) or self._fetch(texts)
        metrics.note_work(items=len(texts), batches=answered.requests, tokens=answered.tokens)
        return answered.vectors

    def close(self) -> None:
        """Close the connections."""
        self._client.close()

    def _fetch(self, texts: Sequence[str]) -> _Answered:
        self._announce(texts)
        vectors, tokens, requests = np.empty((len(texts), self.spec.dimension), dtype=np.float32), 0, 0
        for part in pricing.split_into_requests(texts, MOST_TEXTS, MOST_BYTES):
            budget.check()
            vectors[part.start : part.stop], counted = self._ask([texts[i] for i in part])
            tokens, requests = tokens + counted, requests + 1
        self._account(len(texts), tokens)
        return _Answered(normalize(vectors), tokens, requests)

    def _ask(self, texts: list[str]) -> tuple[Vectors, int]:
        """Return (texts, dimension) and the tokens to pay for. An empty text, which it does not take, is a space."""
        try:
            answer = self._client.embeddings.create(
                input=[text or " " for text in texts], model=self.spec.model, dimensions=self.spec.dimension
            )
            return self._rows(answer, len(texts)), answer.usage.total_tokens
        except openai.APIError as e:
            raise self._translate(e) from None  # its own text and request may repeat the key
        except (ValueError, TypeError, AttributeError) as e:  # what reading an answer of another shape ends in
            raise self._reject("an answer of another form") from e

    def _rows(self, answer: CreateEmbeddingResponse, count: int) -> Vectors:
        """Return the vectors by the indices in the answer: their order is not promised."""
        rows = {each.index: each.embedding for each in answer.data}
        if len(answer.data) != count or rows.keys() != set(range(count)):
            raise self._reject(f"{len(answer.data)} rows for {count} texts")
        if found := {len(row) for row in rows.values()} - {self.spec.dimension}:
            raise self._reject(f"vectors of {found.pop()} places, not {self.spec.dimension}")
        return np.array([rows[i] for i in range(count)], dtype=np.float32)

    def _announce(self, texts: Sequence[str]) -> None:
        tokens = pricing.estimate_tokens(pricing.count_bytes(texts))
        price = pricing.cost(tokens, self.spec.usd_per_million_tokens)
        logger.info("%s: %d texts, at most about %d tokens, %.4f USD", self.spec.model, len(texts), tokens, price)

    def _account(self, count: int, tokens: int) -> None:
        price = pricing.cost(tokens, self.spec.usd_per_million_tokens)
        with self._lock:
            self._spent += price
            spent = self._spent
        logger.info(
            "%s: %d texts were %d tokens, %.4f USD; %.4f USD in all", self.spec.model, count, tokens, price, spent
        )

    def _reject(self, what: str) -> ServiceError:
        return ServiceError(
            f"the server at {self._client.base_url.host} gives {what}: it does not serve {self.spec.model} as the "
            "OpenAI API does; correct the base URL or the profile"
        )

    def _translate(self, error: openai.APIError) -> WhosaidError:
        """Return what an error means for the run; the key, which a server may repeat, is not in it."""
        said = " ".join(_message(error).replace(self._key.get_secret_value(), "***").split())[:300]
        match error:
            case openai.RateLimitError() | openai.BadRequestError() if {error.code, error.type} & NO_CREDIT:
                return ServiceError(
                    f"the OpenAI account has no credit left for {self.spec.model}: add credit and go on"
                )
            case openai.AuthenticationError() | openai.PermissionDeniedError():
                return ServiceError(f"the OpenAI API refuses the key for {self.spec.model}: give a valid one")
            case openai.NotFoundError():
                return ServiceError(
                    f"the OpenAI API has no {self.spec.model} for this key ({said}): name another model"
                )
            case openai.RateLimitError() | openai.InternalServerError() | openai.APIConnectionError():
                return FetchError(f"the OpenAI API fails, however often it is asked ({said}): try again later")
            case _:
                return EngineError(f"{self.spec.model} refuses these texts ({said}): look for a text that is too long")


def _message(error: openai.APIError) -> str:
    """Return what the service itself says, without the client's frame around it."""
    match error.body:
        case {"message": str(message)}:
            return message
        case _:
            return error.message
