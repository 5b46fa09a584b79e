"""Reads a page as its tags and its text."""

from __future__ import annotations

from html.parser import HTMLParser

from starlette.testclient import TestClient


class Parsed(HTMLParser):
    """The tags of a page, and its text as people read it."""

    def __init__(self, source: str) -> None:
        super().__init__()
        self.tags = list[tuple[str, dict[str, str | None]]]()
        self.text = ""
        self.feed(source)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.text += data

    def attributes(self, name: str) -> list[str]:
        return [value for _, attributes in self.tags if (value := attributes.get(name)) is not None]


def parsed(page: TestClient, path: str, status: int = 200) -> Parsed:
    answer = page.get(path)
    assert answer.status_code == status, answer.text
    return Parsed(answer.text)


def one_line(found: Parsed) -> str:
    return " ".join(found.text.split())
