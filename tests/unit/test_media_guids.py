"""Two podcasts that count their episodes do not take each other's for their own."""

import pytest

from whosaid.media.guids import item_id

FEED = "https://example.org/feed.xml"


@pytest.mark.parametrize(
    "guid",
    [
        "https://example.org/?p=17",
        "tag:soundcloud,2010:tracks/123",
        "urn:uuid:1",
        "123e4567-e89b-12d3-a456-426614174000",
        "0a1b2c3d4e5f60718293a4b5c6d7e8f9",
        "17283940172839401728",
        "Buzzsprout-1234567",
        "light-in-the-morning",
        "music-only",
    ],
)
def test_unique_guids_stand_for_themselves(guid: str) -> None:
    """Addresses, random numbers and names are the item's identity wherever its feed moves to."""
    assert item_id(guid, FEED) == guid


@pytest.mark.parametrize("guid", ["1", "042", "ep-12", "Episode 7", "season-1-episode-2", "s01e05", "guid: 3", "x"])
def test_counted_guids_belong_to_their_feed(guid: str) -> None:
    """The same number in two feeds is two items; in one feed it stays one, by whatever scheme or port."""
    ids = {
        item_id(guid, address) for address in (FEED, "https://example.org/other.xml", "https://example.net/feed.xml")
    }
    assert len(ids) == 3
    assert item_id(guid, FEED) == item_id(guid, "http://example.org:8080/feed.xml")
    assert all(each.endswith(f"/{guid}") for each in ids)


def test_private_feeds_keep_their_keys() -> None:
    """The key in the address of a private feed tells it from another, and is not shown."""
    mine, other = (item_id("1", f"https://example.org/rss?auth={key}") for key in ("secret-1", "secret-2"))
    assert mine != other
    assert "secret" not in mine
