"""A site that refuses us again and again is left alone."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from whosaid.errors import BlockedError
from whosaid.media.breaker import Breaker

REFUSAL = BlockedError("youtube:x cannot be checked: confirm you're not a bot; give cookies")


def test_breaker_opens_at_the_limit_and_says_why() -> None:
    """One refusal fewer than the limit is no rule; the limit opens it, with the site's last words."""
    breaker = Breaker(3)
    for _ in range(2):
        breaker.refused(REFUSAL)
    assert (breaker.open, breaker.reason) == (False, "")
    breaker.refused(REFUSAL)
    assert breaker.open
    assert breaker.reason == f"3 refusals in a row, the last: {REFUSAL}"


def test_an_answer_begins_the_count_anew() -> None:
    """Only refusals in a row count: a site that answers in between does not block us."""
    breaker = Breaker(2)
    for _ in range(10):
        breaker.refused(REFUSAL)
        breaker.passed()
    assert not breaker.open


def test_what_was_under_way_does_not_close_it() -> None:
    """A request from before the refusals may still succeed; the site is left alone all the same."""
    breaker = Breaker(1)
    breaker.refused(REFUSAL)
    breaker.passed()
    breaker.refused(BlockedError("later"))
    assert breaker.open
    assert "later" not in breaker.reason


def test_no_refusal_is_lost_between_threads() -> None:
    """Twenty checks at once count as twenty."""
    breaker = Breaker(2000)
    with ThreadPoolExecutor(20) as pool:
        list(pool.map(lambda _: breaker.refused(REFUSAL), range(2000)))
    assert breaker.reason.startswith("2000 refusals")


def test_it_takes_at_least_one_refusal() -> None:
    """A breaker that is open from the start would be no breaker."""
    with pytest.raises(ValueError, match="one refusal or more"):
        Breaker(0)
