"""What a site said of its videos, so that it is asked once for each and not at every step."""

from __future__ import annotations

import json
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Mapping
from typing import Any, Final

from whosaid.types import Seconds

LASTING: Final[Seconds] = 3600
"""How long an answer is good for: addresses of media are signed and run out, YouTube's after six hours."""

MOST: Final = 64
"""Answers that are kept, each some hundred kilobytes: more than there are videos between their check and their end."""


class Answers:
    """The latest answers by address; shared by all threads that ask a source."""

    __slots__ = ("_answers", "_clock", "_lock")

    def __init__(self, clock: Callable[[], Seconds] = time.monotonic) -> None:
        self._answers: OrderedDict[str, tuple[Seconds, str]] = OrderedDict()
        self._clock = clock
        self._lock = threading.Lock()

    def keep(self, url: str, info: Mapping[str, Any]) -> None:
        """Remember what was said of an address, as it is now: whoever finds it may change it."""
        text = json.dumps(info)
        with self._lock:
            self._answers.pop(url, None)
            self._answers[url] = (self._clock(), text)
            while len(self._answers) > MOST:
                self._answers.popitem(last=False)

    def find(self, url: str) -> dict[str, Any] | None:
        """Return what was said of an address within the hour; None where nothing was."""
        with self._lock:
            said, text = self._answers.get(url, (0.0, ""))
        return json.loads(text) if text and self._clock() - said < LASTING else None
