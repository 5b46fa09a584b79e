"""The report in a browser: it fits its window, in light and dark, on a phone and on a desk."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

import pytest

from tests.browser import chrome
from tests.synthetic_runs import simulate
from whosaid.reporting import draw_timelines, write_report

pytestmark = pytest.mark.skipif(bool(chrome.missing()), reason=f"not on this machine: {', '.join(chrome.missing())}")


@pytest.fixture(scope="module")
def browser() -> Iterator[chrome.Browser]:
    """One browser for all tests of the report."""
    with chrome.browsing() as browser:
        yield browser


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The report of a long run as a file."""
    run, file = simulate(300), tmp_path_factory.mktemp("report") / "run.html"
    write_report(run, (), (), draw_timelines(run), file)
    return file.as_uri()


@pytest.mark.parametrize(("width", "scheme"), [(380, "dark"), (1300, "light")])
def test_the_report_fits_the_window(
    browser: chrome.Browser, address: str, width: int, scheme: Literal["light", "dark"]
) -> None:
    """Nothing is wider than the window; one timeline shows, and its letters are large enough to read."""
    browser.emulate(width, 900, scheme)
    browser.open(address)
    assert browser.run("return document.documentElement.scrollWidth") == width
    heights = browser.run(
        "return [...document.querySelectorAll('.drawing svg')].filter(it => it.checkVisibility())"
        ".map(it => it.querySelector('text').getBoundingClientRect().height)"
    )
    assert len(heights) == 1
    assert heights[0] >= 10


def test_colours_follow_the_scheme(browser: chrome.Browser, address: str) -> None:
    """Text and bars of the drawing have other colours in the dark."""
    seen = list[list[str]]()
    for scheme in ("light", "dark"):
        browser.emulate(1300, 900, scheme)
        browser.open(address)
        seen.append(browser.run("return [getComputedStyle(document.querySelector('.wide text')).fill,"
                                " getComputedStyle(document.body).backgroundColor]"))  # fmt: skip
    light, dark = seen
    assert not set(light) & set(dark)


def test_nothing_is_loaded_beside_the_file(browser: chrome.Browser, address: str) -> None:
    """One file is all there is."""
    browser.open(address)
    assert browser.run("return performance.getEntriesByType('resource').map(it => it.name)") == []
