"""Caption files are written by strangers: whatever they hold becomes words in order of time."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from whosaid.media.captions import Cue, words_of

CUES = st.lists(
    st.builds(
        lambda start, length, text: Cue(start, start + length, text),
        st.floats(0, 1e5),
        st.floats(0, 100),
        st.text(st.sampled_from("ab <>/c[]&;♪\n"), max_size=40) | st.just("a<00:00:01.000> b<99:00:00.000> c"),
    ),
    max_size=8,
)


@given(CUES)
def test_words_never_run_backward(cues: list[Cue]) -> None:
    """Whatever a file holds, words are in order of time, within their cues, and not empty."""
    words = words_of(sorted(cues, key=lambda cue: cue.start))
    assert all(earlier.start <= later.start for earlier, later in pairwise(words))
    assert all(word.text.strip() == word.text != "" for word in words)
    assert all(any(cue.start <= word.start <= cue.end for cue in cues) for word in words)
