"""What texts cost at a service that counts tokens. Pure."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import Final

BYTES_PER_TOKEN: Final = 3  # of UTF-8. English has above four and Chinese about three, so an estimate errs to dearer


def count_bytes(texts: Sequence[str]) -> int:
    """Return the length of texts in UTF-8."""
    return sum(len(text.encode()) for text in texts)


def estimate_tokens(size: int) -> int:
    """Return about how many tokens texts of so many bytes have: the exact vocabulary is not on this machine."""
    return math.ceil(size / BYTES_PER_TOKEN)


def cost(tokens: int, usd_per_million_tokens: float) -> float:
    """Return the price of tokens in US dollars."""
    return tokens * usd_per_million_tokens / 1e6


def split_into_requests(texts: Sequence[str], most_texts: int, most_bytes: int) -> Iterator[range]:
    """Yield the indices of texts in order, as many to a request as both limits allow, and at least one."""
    start, size = 0, 0
    for i, text in enumerate(texts):
        length = len(text.encode())
        if i > start and (i - start == most_texts or size + length > most_bytes):
            yield range(start, i)
            start, size = i, 0
        size += length
    if texts:
        yield range(start, len(texts))
