import pytest

from whosaid.media.youtube import channel_in, names_channel, uploads_address

CHANNEL = "UC" + "a1-_" * 5 + "Zz"


@pytest.mark.parametrize("tab", ["", "/", "/videos", "/featured", "/videos/"])
def test_channel_by_id_is_listed_by_its_uploads(tab: str) -> None:
    """A channel given by id, whole or by its capped tab, is found to be that channel."""
    assert channel_in(f"https://www.youtube.com/channel/{CHANNEL}{tab}") == CHANNEL


def test_uploads_playlist_replaces_the_prefix() -> None:
    """The uploads playlist of UC... is UU...: the rest of the id is kept."""
    assert uploads_address(CHANNEL) == f"https://www.youtube.com/playlist?list=UU{CHANNEL[2:]}"


def test_feed_of_a_channel_is_that_channel() -> None:
    """YouTube's Atom feed has only the last 15 videos: it stands for the whole channel."""
    assert channel_in(f"https://www.youtube.com/feeds/videos.xml?channel_id={CHANNEL}") == CHANNEL


@pytest.mark.parametrize(
    "address",
    [
        f"https://www.youtube.com/channel/{CHANNEL}/streams",
        f"https://www.youtube.com/channel/{CHANNEL}/shorts",
        "https://www.youtube.com/channel/UCshort",
        "https://www.youtube.com/channel",
        "https://www.youtube.com/watch?v=abcdefghijk",
        f"https://www.youtube.com/playlist?list=UU{CHANNEL[2:]}",
        f"https://example.org/channel/{CHANNEL}",
        "https://www.youtube.com/feeds/videos.xml",
        "https://www.youtube.com",
    ],
)
def test_other_addresses_are_left_alone(address: str) -> None:
    """Other tabs, single videos, playlists, malformed ids and other sites are listed as they are given."""
    assert channel_in(address) is None
    assert not names_channel(address)


@pytest.mark.parametrize("name", ["@sleep", "@sleep/videos", "c/sleep", "c/sleep/videos", "user/sleep/featured"])
def test_channel_by_name_has_to_be_looked_up(name: str) -> None:
    """A handle or an old-style name asks for a whole channel without giving its id."""
    assert names_channel(f"https://m.youtube.com/{name}")


@pytest.mark.parametrize("name", ["@sleep/streams", "c/sleep/playlists", "user", "sleep"])
def test_other_tabs_of_a_named_channel_are_left_alone(name: str) -> None:
    """A tab that was asked for by name is not replaced by all uploads."""
    assert not names_channel(f"https://www.youtube.com/{name}")
