"""Batches of tokens, what is made ahead, and the rate that a device should give: for any texts."""

from __future__ import annotations

import threading
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from whosaid.text import Role, throughput
from whosaid.text.ahead import ROOM, Ahead
from whosaid.text.batching import Budget, pad, sort_longest_first

rows = st.lists(st.lists(st.integers(1, 9), min_size=1, max_size=12), min_size=1, max_size=12)


@given(st.integers(1, 50), st.integers(1, 500), st.integers(0, 600))
def test_a_batch_keeps_to_both_limits(texts: int, tokens: int, longest: int) -> None:
    """There is always one text; a second only where texts and padded tokens allow it, and no room is left unused."""
    count = Budget(texts, tokens).count(longest)
    assert 1 <= count <= texts
    assert count == 1 or count * longest <= tokens
    assert count == texts or (count + 1) * max(1, longest) > tokens


@given(st.integers(2, 500), st.integers(1, 500))
def test_a_batch_that_did_not_fit_is_halved(count: int, longest: int) -> None:
    """After a failure, batches of the same length have half as many texts, and still one."""
    budget = Budget(texts=1_000, tokens=count * longest)
    budget.shrink(count, longest)
    assert budget.count(longest) == count // 2


@given(rows)
def test_padding_keeps_every_token_in_its_place(drawn: list[list[int]]) -> None:
    """The mask shows exactly the tokens of a row, at its start."""
    ids, mask = pad(drawn, 0)
    assert ids.shape == mask.shape == (len(drawn), max(map(len, drawn)))
    for row, found, seen in zip(drawn, ids, mask, strict=True):
        assert found[: len(row)].tolist() == row
        assert not found[len(row) :].any()
        assert seen.tolist() == [1] * len(row) + [0] * (ids.shape[1] - len(row))


@given(rows)
def test_the_longest_row_is_first(drawn: list[list[int]]) -> None:
    """Every row once, by falling length."""
    order = sort_longest_first(drawn)
    assert sorted(order) == list(range(len(drawn)))
    assert all(len(drawn[a]) >= len(drawn[b]) for a, b in pairwise(order))


def test_what_is_ahead_is_taken_once_by_its_own_texts() -> None:
    """Neither other texts nor another role get it, and nobody gets it twice."""
    ahead = Ahead[int]()
    ahead.put(["a", "b"], Role.passage, 1)
    assert ahead.take(["a"], Role.passage) is None
    assert ahead.take(["b", "a"], Role.passage) is None
    assert ahead.take(["a", "b"], Role.query) is None
    assert ahead.take(("a", "b"), Role.passage) == 1
    assert ahead.take(["a", "b"], Role.passage) is None


def test_what_nobody_takes_is_dropped() -> None:
    """A video that fails between the two leaves no memory behind for ever."""
    ahead = Ahead[int]()
    for i in range(ROOM + 1):
        ahead.put([str(i)], Role.passage, i)
    assert ahead.take(["0"], Role.passage) is None
    assert ahead.take(["1"], Role.passage) == 1


def test_many_threads_get_their_own() -> None:
    """What one thread makes ready, under whatever traffic, is what it takes."""
    ahead, wrong = Ahead[int](), list[int]()

    def work(number: int) -> None:
        for i in range(200):
            ahead.put([f"{number} {i}"], Role.passage, number)
            if ahead.take([f"{number} {i}"], Role.passage) != number:
                wrong.append(number)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong


@pytest.mark.parametrize(
    ("name", "peak"),
    [
        ("NVIDIA H200", 989e12),
        ("NVIDIA A100-SXM4-80GB", 312e12),
        ("NVIDIA GeForce RTX 4090", 165e12),
        ("NVIDIA L40S", 362e12),
        ("NVIDIA L4", 121e12),
        ("Tesla T4", 65e12),
        ("NVIDIA of next year", throughput.UNKNOWN_GPU),
    ],
)
def test_a_gpu_is_known_by_its_name(name: str, peak: float) -> None:
    """The driver's name tells the class; one that is not known counts as the slowest."""
    assert throughput.peak_of_gpu(name) == peak


def test_a_larger_model_need_not_be_as_fast() -> None:
    """A tenth of the peak, at two operations per weight and token; no more than a machine can feed."""
    assert throughput.least_rate(989e12, 1_310_000_000) == pytest.approx(37_748, rel=1e-3)
    assert throughput.least_rate(989e12, 10_600_000) == throughput.FEEDING
    assert throughput.least_rate(throughput.peak_of_cpu(2), 10_600_000) == pytest.approx(189, rel=1e-2)
    assert np.isclose(throughput.peak_of_cpu(8), 4 * throughput.peak_of_cpu(2))
