"""Which item of a feed is which, among the items of all feeds."""

from __future__ import annotations

import re
from typing import Final
from urllib.parse import urlsplit

from whosaid.canonical import digest

_URI: Final = re.compile(r"[a-z][a-z0-9+.-]*:[^\s\d]", re.IGNORECASE)
_RANDOM: Final = re.compile(r"[0-9a-f]{16}", re.IGNORECASE)
_COUNTING: Final = re.compile(
    r"season|series|episode|chapter|podcast|folge|number|part|track|show|item|post|guid|[\W\d_]", re.IGNORECASE
)
_TELLING: Final = 8  # letters by which a name is more than a counter


def item_id(guid: str, feed: str) -> str:
    """Return the id of an item by its guid, within its feed where the guid may be that of another feed's item too.

    RSS 2.0 wants guids to be unique in the world, but many feeds count: 1, ep-2, season-1-episode-3. Such an item
    goes by the feed's address, without scheme and port, and shortened, since addresses of private feeds hold keys.
    """
    return guid if _is_unique(guid) else f"{_shortened(feed)}/{guid}"


def _is_unique(guid: str) -> bool:
    telling = len(_COUNTING.sub("", guid)) >= _TELLING
    return telling or bool(_URI.match(guid) or _RANDOM.search(guid.replace("-", "")))


def _shortened(feed: str) -> str:
    place = urlsplit(feed)
    return f"{place.hostname}/{digest(place.hostname or '', place.path, place.query)[:8]}"
