import pytest

from whosaid.media.refusals import SiteError
from whosaid.types import Unavailability as Is

SAID = [
    ("[youtube] x: Private video. Sign in if you've been granted access to this video", Is.private),
    ("Video unavailable. This video is private", Is.private),
    ("Join this channel to get access to members-only content like this video", Is.members_only),
    ("This video is available to this channel's members on level: Supporter (or any higher level)", Is.members_only),
    ("This live event will begin in 3 days.", Is.upcoming),
    ("Premieres in 20 hours", Is.upcoming),
    ("Sign in to confirm your age. This video may be inappropriate for some users.", Is.age_restricted),
    ("The uploader has not made this video available in your country", Is.geo_restricted),
    ("This video is not available from your location due to geo restriction", Is.geo_restricted),
    ("Video unavailable. This video has been removed by the uploader", Is.removed),
    ("Video unavailable", Is.removed),
    ("This video is no longer available because the YouTube account has been terminated.", Is.removed),
]


@pytest.mark.parametrize(("text", "reason"), SAID)
def test_reason_is_read_from_what_the_site_says(text: str, reason: Is) -> None:
    """Each refusal is typed by its own text, also where it stands behind the words "Video unavailable"."""
    assert SiteError(text).unavailability is reason


@pytest.mark.parametrize(
    "text",
    [
        "Sign in to confirm you're not a bot. Use --cookies",
        "Video unavailable. This content isn't available, try again later. The session has been rate-limited",
        "HTTP Error 503: Service Unavailable",
        "Unable to download webpage: <urlopen error timed out>",
        "Failed to extract any player response",
        "",
    ],
)
def test_trouble_is_no_answer(text: str) -> None:
    """Bot checks, rate limits, broken servers and unknown texts say nothing of the video."""
    assert SiteError(text).unavailability is None


@pytest.mark.parametrize(
    ("status", "reason"),
    [
        (404, Is.removed),
        (410, Is.removed),
        (401, Is.private),
        (451, Is.geo_restricted),
        (403, None),
        (429, None),
        (500, None),
    ],
)
def test_status_decides_before_the_text(status: int, reason: Is | None) -> None:
    """Gone, locked and legally barred are answers; refused, too many and broken are none."""
    assert SiteError(f"HTTP Error {status}: whatever", status=status).unavailability is reason


@pytest.mark.parametrize(
    ("text", "status", "blocked"),
    [
        ("Sign in to confirm you're not a bot. Use --cookies", None, True),
        (
            "Video unavailable. This content isn't available, try again later. The session has been rate-limited",
            None,
            True,
        ),
        ("The site asks you to solve a CAPTCHA", None, True),
        ("Got HTTP Error 403 caused by Cloudflare anti-bot challenge", 403, True),
        ("Our systems have detected unusual traffic from your network", None, True),
        ("whatever", 429, True),
        ("unable to download video data: HTTP Error 429: Too Many Requests", None, True),
        ("unable to download video data: HTTP Error 403: Forbidden", 403, False),
        ("HTTP Error 503: Service Unavailable", 503, False),
        ("Private video. Sign in if you've been granted access to this video", None, False),
        ("Sign in to confirm your age", None, False),
        ("Unable to download webpage: <urlopen error timed out>", None, False),
    ],
)
def test_refusal_of_us_is_told_from_refusal_of_a_video(text: str, status: int | None, blocked: bool) -> None:
    """Bot checks and rate limits concern every video; a forbidden file, a broken server and silence one at a time."""
    assert SiteError(text, status=status).blocked is blocked


def test_remedy_fits_the_refusal() -> None:
    """A bot check asks for cookies, a rate limit for patience, a missing page for a look at the address."""
    assert "cookies" in SiteError("Sign in to confirm you're not a bot").remedy
    assert "wait" in SiteError("HTTP Error 429: Too Many Requests", status=429).remedy
    assert "cookies" in SiteError("HTTP Error 403: Forbidden", status=403).remedy
    assert "address" in SiteError("HTTP Error 404: Not Found", status=404).remedy


def test_message_is_one_short_line() -> None:
    """What a site says is foreign text: one line, of bounded length."""
    text = str(SiteError("a\nb\r\n  c" + " d" * 1000))
    assert text.startswith("a b c d")
    assert len(text) <= 400
