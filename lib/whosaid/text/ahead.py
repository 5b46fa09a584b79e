"""What is made ready for texts before the device is free for them."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Sequence
from typing import Final, Generic, TypeVar

from whosaid.text import Role

T = TypeVar("T")

ROOM: Final = 64  # twice the videos that can be in flight


class Ahead(Generic[T]):
    """Made by one thread, taken by another, each once; found by the texts themselves, so that none gets another's.

    What nobody takes, because its video failed, is dropped as the oldest.
    """

    def __init__(self) -> None:
        self._made: OrderedDict[tuple[Role, tuple[str, ...]], T] = OrderedDict()
        self._lock = threading.Lock()

    def put(self, texts: Sequence[str], role: Role, made: T) -> None:
        """Keep what was made for texts until it is taken."""
        with self._lock:
            self._made[role, tuple(texts)] = made
            while len(self._made) > ROOM:
                self._made.popitem(last=False)

    def take(self, texts: Sequence[str], role: Role) -> T | None:
        """Return what was made for texts, once; None where nothing was."""
        with self._lock:
            return self._made.pop((role, tuple(texts)), None)
